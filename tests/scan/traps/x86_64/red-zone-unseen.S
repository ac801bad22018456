// build: -static-pie
.include "start.inc"

# What lies below the stack pointer does not survive a call: the same as `red-zone`, at any address.
.globl _start
_start:
    movq $getpid, -16(%rsp)
    call below
    mov -16(%rsp), %rax
    syscall
    leave_program
below:
    push $getppid
    pop %rcx
    ret
