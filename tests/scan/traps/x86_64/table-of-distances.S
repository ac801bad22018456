.include "start.inc"

# A table has the distances of virtual tables from itself.
.globl _start
_start:
    mov $1, %edi
    call pick
    call *24(%rax)
    leave_program
pick:
    lea table(%rip), %rcx
    movslq (%rcx,%rdi,4), %rax
    add %rcx, %rax
    ret
.type one, @function
one:
    mov $getpid, %eax
    syscall
    ret
.size one, . - one
.type other, @function
other:
    mov $getppid, %eax
    syscall
    ret
.size other, . - other
.section .rodata
.balign 4
table:
    .long first - table
    .long second - table
.section .data.rel.ro, "aw"
.balign 8
first:
    .quad 0, 0, 1, one
second:
    .quad 0, 0, 1, other
