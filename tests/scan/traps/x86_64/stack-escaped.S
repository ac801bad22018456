.include "start.inc"

# A callee changes a slot of its caller's frame.
.globl _start
_start:
    sub $24, %rsp
    movq $getpid, 8(%rsp)
    lea 8(%rsp), %rdi
    call change
    mov 8(%rsp), %rax
    syscall
    leave_program
change:
    movq $getppid, (%rdi)
    ret
