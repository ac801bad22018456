.include "start.inc"

# The address of the slot went to memory long before; the callee gets no argument.
.globl _start
_start:
    sub $24, %rsp
    lea 8(%rsp), %rax
    mov %rax, kept(%rip)
    movq $getpid, 8(%rsp)
    call change
    mov 8(%rsp), %rax
    syscall
    leave_program
change:
    mov kept(%rip), %rdi
    movq $getppid, (%rdi)
    ret
.bss
kept: .quad 0
