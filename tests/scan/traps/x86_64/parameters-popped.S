// build: -static-pie
.include "start.inc"

# The callee takes its parameter from the stack, as of LLVM's `tailcc`.
.globl _start
.type _start, @function
_start:
    pushq $getppid
    pushq $getpid
    call takes
    pop %rax
    syscall
    leave_program
.size _start, . - _start
.type takes, @function
takes:
    mov 8(%rsp), %rax
    ret $8
.size takes, . - takes
