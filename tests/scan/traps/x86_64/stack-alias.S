.include "start.inc"

# A slot is written by way of another register than it is read by.
.globl _start
_start:
    sub $24, %rsp
    movq $getpid, 8(%rsp)
    lea 16(%rsp), %rcx
    movq $getppid, -8(%rcx)
    mov 8(%rsp), %rax
    syscall
    leave_program
