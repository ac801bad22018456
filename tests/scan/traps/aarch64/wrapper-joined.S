.include "start.inc"

// A function is one of two, of which one is read from a table.
.globl _start
_start:
    ldr x20, [sp]
    mov x0, #getpid
    bl wrapper
    adrp x1, table
    add x1, x1, :lo12:table
    ldr x2, [x1, x20, lsl #3]
    adr x3, wrapper
    cmp x20, #2
    csel x2, x3, x2, lo
    mov x3, #0
    mov x0, #getppid
    blr x2
    leave_program
wrapper:
    mov x8, x0
    svc 0
    ret
other:
    ret
.data
.align 3
table:
    .quad other, other, other, other
