.include "start.inc"

// Pointers to functions between instructions.
.globl _start
_start:
    mov (%rsp), %rax
    call *table-8(,%rax,8)
    leave_program
    ud2
    .balign 8
table:
    .quad other, one
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
