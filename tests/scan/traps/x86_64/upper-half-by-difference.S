// build: -static-pie
.include "start.inc"

# The upper half of a parameter is found by a subtraction.
.globl _start
.type _start, @function
_start:
    movabs $0x6e00000027, %rdi
    call takes
    leave_program
.size _start, . - _start
.type takes, @function
takes:
    mov %edi, %ecx
    mov %rdi, %rax
    sub %rcx, %rax
    shr $32, %rax
    syscall
    ret
.size takes, . - takes
