.include "start.inc"

// The address of a number on the stack gets to others by an exclusive store.
.globl _start
_start:
    sub sp, sp, #32
    mov x0, #getpid
    str x0, [sp, #16]
    add x1, sp, #16
    adrp x2, shown
    add x2, x2, :lo12:shown
1:
    ldxr x3, [x2]
    stxr w3, x1, [x2]
    cbnz w3, 1b
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
