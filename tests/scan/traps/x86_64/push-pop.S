.include "start.inc"

.globl _start
_start:
    push $getppid
    push $getpid
    pop %rcx
    pop %rax
    syscall
    leave_program
