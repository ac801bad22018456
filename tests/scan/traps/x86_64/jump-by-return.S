.include "start.inc"

.globl _start
_start:
    lea target(%rip), %rcx
    push %rcx
    ret
    .byte 0x06, 0x06
target:
    mov $getppid, %eax
    syscall
    leave_program
