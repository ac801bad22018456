// build: -static-pie
.include "start.inc"

# The stack is aligned already: what is pushed then is what was stored below it before.
.globl _start
.type _start, @function
_start:
    mov %rsp, %rbp
    movq $getpid, -8(%rbp)
    and $-16, %rsp
    pushq $getppid
    mov -8(%rbp), %rax
    syscall
    leave_program
.size _start, . - _start
