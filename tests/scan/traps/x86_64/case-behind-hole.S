// build: -static-pie
.include "start.inc"

# A table has an entry of zero, which is not jumped to.
.globl _start
.type _start, @function
_start:
    mov (%rsp), %ecx
    add $1, %ecx
    lea table(%rip), %rdx
    cmp $3, %ecx
    ja 3f
    mov %ecx, %ecx
    movslq (%rdx,%rcx,4), %rax
    test %rax, %rax
    je 3f
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
    .long 3b - table, 0, cold - table, 3b - table
