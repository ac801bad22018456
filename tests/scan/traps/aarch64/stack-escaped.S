.include "start.inc"

# A callee changes a slot of its caller's frame.
.globl _start
_start:
    sub sp, sp, 32
    mov x1, getpid
    str x1, [sp, 8]
    add x0, sp, 8
    bl change
    ldr x8, [sp, 8]
    svc 0
    leave_program
change:
    mov x1, getppid
    str x1, [x0]
    ret
