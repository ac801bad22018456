.include "start.inc"

# After alignment nobody knows how far the slots of before are.
.globl _start
_start:
    sub $40, %rsp
    movq $getpid, 32(%rsp)
    movq $getpid, 24(%rsp)
    movq $getpid, 16(%rsp)
    movq $getpid, 8(%rsp)
    movq $getpid, (%rsp)
    mov %rsp, %rcx
    and $-32, %rsp
    add $32, %rsp
    movq $getppid, -8(%rsp)
    movq $getppid, -16(%rsp)
    movq $getppid, -24(%rsp)
    movq $getppid, -32(%rsp)
    mov (%rcx), %rax
    syscall
    leave_program
