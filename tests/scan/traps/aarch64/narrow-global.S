.include "start.inc"

// A parameter is wider than the variable that it is kept in.
.globl _start
.type _start, %function
_start:
    mov w0, #(getppid + 256)
    bl set
    adrp x1, number
    ldrb w8, [x1, :lo12:number]
    svc 0
    leave_program
.size _start, . - _start
.type set, %function
set:
    adrp x1, number
    strb w0, [x1, :lo12:number]
    ret
.size set, . - set
.data
.skip 64
.type number, %object
number:
    .byte 0
.size number, 1
