.include "start.inc"

# `bfi` keeps a part, `ubfx` takes one, `orr` joins.
.globl _start
_start:
    mov x8, getpid
    mov x1, 1
    bfi x8, x1, 0, 1
    svc 0
    mov x2, getppid << 4
    ubfx x8, x2, 4, 8
    svc 0
    mov x8, getpid
    orr x8, x8, 1
    svc 0
    leave_program
