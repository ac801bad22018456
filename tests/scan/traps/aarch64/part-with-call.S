.include "start.inc"

# The same, and it calls: what it is given is in registers that functions keep.
.globl _start
.type _start, @function
_start:
    mov x0, getpid
    bl wrapper
    adr x19, wrapper
    mov x20, getppid
    bl part
    mov x8, x21
    svc 0
    leave_program
    brk 0
.size _start, . - _start
.type part, @function
part:
    str x30, [sp, -16]!
    mov x1, x19
    mov x0, x20
    bl use
    mov x21, gettid
    ldr x30, [sp], 16
    ret
.size part, . - part
.type use, @function
use:
    br x1
.size use, . - use
.type wrapper, @function
wrapper:
    mov x8, x0
    svc 0
    ret
.size wrapper, . - wrapper
