.include "start.inc"

// A number is written by a register that has got its page from another.
.globl _start
.type _start, %function
_start:
    adrp x0, number
    mov x1, x0
    mov w2, getppid
    str w2, [x1, :lo12:number]
    ldr w8, [x0, :lo12:number]
    svc 0
    leave_program
.size _start, . - _start
.data
.skip 64
.type number, %object
number:
    .word getpid
.size number, 4
