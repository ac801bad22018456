.include "start.inc"

# Data follow a call that does not return.
.globl _start
_start:
    adr x1, second
    ldr x0, [sp]
    cmp x0, 7
    beq 1f
    blr x1
1:  bl ends
    .word 0xd2800008
second:
    mov x8, getppid
    svc 0
    bl ends
    .word 0
ends:
    leave_program
