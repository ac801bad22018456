.include "start.inc"

# Writing `w8` clears the upper half of `x8`.
.globl _start
_start:
    mov x8, -1
    mov w8, getppid
    svc 0x7f
    leave_program
