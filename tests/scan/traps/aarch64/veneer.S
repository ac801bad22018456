.include "start.inc"

# A long call goes by a few instructions that compute where.
.globl _start
_start:
    mov x0, getppid
    bl veneer
    mov x0, gettid
    bl veneer
    leave_program
veneer:
    adrp x16, wrapper
    add x16, x16, :lo12:wrapper
    br x16
wrapper:
    mov x8, x0
    svc 0
    ret
