.include "start.inc"

# `cset`, `csinc`, `cinc` make numbers of conditions.
.globl _start
_start:
    ldr x0, [sp]
    mov x1, getpid
    cmp x0, 1
    cinc x8, x1, eq
    svc 0
    cset x2, eq
    add x8, x2, getpid
    svc 0
    leave_program
