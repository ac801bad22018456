.include "start.inc"

# Code of the large model has the address of its data between instructions, and uses the neighbours from
# there.
.globl _start
_start:
    adrp x2, literal
    ldr x22, [x2, :lo12:literal]
    add x19, x22, 24
    ldr x0, [x19, 8]
    blr x0
    leave_program
.balign 8
literal:
    .quad anchor
.type made, @function
made:
    mov x8, getppid
    svc 0
    ret
.size made, . - made
.data
.balign 8
anchor:
    .quad 0
.type other, @object
other:
    .quad 0
.size other, 8
.quad 0
.type table, @object
table:
    .quad 0, made
.size table, 16
