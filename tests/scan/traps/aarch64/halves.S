.include "start.inc"

# A number that is put together: 0xdead0000 and then 173 in the part that the kernel looks at.
.globl _start
_start:
    movz x8, 0xdead, lsl 32
    movk x8, getppid
    svc 0
    leave_program
