.include "start.inc"

.globl _start
_start:
    mov x1, getppid
    fmov d0, x1
    mov x8, getpid
    fmov x8, d0
    svc 0
    leave_program
