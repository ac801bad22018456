.include "start.inc"

# `ret` with a register that is not the one for returns.
.globl _start
_start:
    adr x10, target
    ret x10
    .word 0
target:
    mov x8, getppid
    svc 0
    leave_program
