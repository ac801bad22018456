// build: -static-pie
.include "start.inc"

# A jump by a table where the index is above a number.
.globl _start
.type _start, @function
_start:
    mov (%rsp), %ecx
    add $1, %ecx
    lea table(%rip), %rdx
    cmp $3, %ecx
    ja 3f
    cmp $0, %ecx
    jbe 3f
    movslq (%rdx,%rcx,4), %rax
    add %rdx, %rax
    jmp *%rax
3:
    mov $getpid, %eax
    syscall
    leave_program
.size _start, . - _start
cold_part
.section .rodata
.balign 4
table:
    .long 3b - table, 3b - table, cold - table, 3b - table
