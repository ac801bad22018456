.include "start.inc"

# Branches on bits and on zero.
.globl _start
_start:
    ldr x0, [sp]
    mov x8, getpid
    tbz x0, 0, 1f
    mov x8, getppid
    cbnz x0, 2f
1:  mov x8, getuid
2:  svc 0
    leave_program
