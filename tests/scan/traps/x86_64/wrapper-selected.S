.include "start.inc"

# A function is one of two, of which one is read from a table.
.globl _start
_start:
    mov (%rsp), %r12
    mov $getpid, %edi
    call wrapper
    lea wrapper(%rip), %rdx
    mov table(,%r12,8), %rax
    cmp $2, %r12
    cmovb %rdx, %rax
    xor %ecx, %ecx
    xor %edx, %edx
    mov $getppid, %edi
    call *%rax
    leave_program
wrapper:
    mov %rdi, %rax
    syscall
    ret
other:
    ret
.data
table:
    .quad other, other, other, other
