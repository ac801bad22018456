.include "start.inc"

# The same, and it calls: what it is given is in registers that functions keep.
.globl _start
_start:
    mov x0, getpid
    bl wrapper
    adr x19, wrapper
    mov x20, getppid
    bl part
    mov x8, x21
    svc 0
    leave_program
part:
    str x30, [sp, -16]!
    mov x1, x19
    mov x0, x20
    bl use
    mov x21, gettid
    ldr x30, [sp], 16
    ret
use:
    br x1
wrapper:
    mov x8, x0
    svc 0
    ret
