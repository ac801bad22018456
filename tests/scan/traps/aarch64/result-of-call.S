.include "start.inc"

# The kernel's answer is the next number: an error, that becomes 173.
.globl _start
_start:
    mov x0, -1
    mov x8, 57
    svc 0
    add x8, x0, getppid + 9
    svc 0
    leave_program
