.include "start.inc"

# Data follow a call that does not return; they look like the start of a long instruction, in which
# the next function would disappear.
.globl _start
_start:
    lea second(%rip), %rcx
    mov (%rsp), %rdi
    cmp $7, %rdi
    je 1f
    call *%rcx
1:  call ends
    .byte 0x48, 0xb8
second:
    mov $getppid, %eax
    syscall
    call ends
    .byte 0x0f
ends:
    leave_program
