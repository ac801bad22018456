.include "start.inc"

# What several functions have in common is a function, which brings the number.
.globl _start
_start:
    bl part
    svc 0
    leave_program
part:
    mov x0, xzr
    mov x8, getppid
    ret
