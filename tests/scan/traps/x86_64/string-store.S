.include "start.inc"

# A slot is written by `stos`, whose target is implied.
.globl _start
_start:
    sub $24, %rsp
    movq $getpid, 8(%rsp)
    lea 8(%rsp), %rdi
    mov $getppid, %eax
    stosq
    mov 8(%rsp), %rax
    syscall
    leave_program
