.include "start.inc"

// A number is written in another part of a function than the one that has its page.
.globl _start
.type _start, %function
_start:
    ldr x0, [sp]
    bl set
    adrp x1, number
    ldr w8, [x1, :lo12:number]
    svc 0
    leave_program
.size _start, . - _start
.type set, %function
set:
    adrp x1, number
    cbnz x0, cold
    str wzr, [x1, :lo12:number]
    ret
.size set, . - set
.section .text.unlikely, "ax"
.type cold, %function
cold:
    mov w2, getppid
    str w2, [x1, :lo12:number]
    ret
.size cold, . - cold
.data
.skip 64
.type number, %object
number:
    .word getpid
.size number, 4
