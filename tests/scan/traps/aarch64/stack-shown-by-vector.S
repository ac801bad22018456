.include "start.inc"

// The address of a number on the stack gets to others by a vector register.
.globl _start
_start:
    sub sp, sp, #32
    mov x0, #getpid
    str x0, [sp, #16]
    add x1, sp, #16
    fmov d0, x1
    adrp x2, shown
    add x2, x2, :lo12:shown
    str d0, [x2]
    mov x1, #0
    bl change
    ldr x8, [sp, #16]
    svc 0
    leave_program
change:
    adrp x2, shown
    add x2, x2, :lo12:shown
    ldr x1, [x2]
    mov x0, #getppid
    str x0, [x1]
    ret
.data
.align 3
shown:
    .quad 0
