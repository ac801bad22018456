// build: -static-pie
.include "start.inc"

# Two tables for one jump, of which the address of one is set behind it; its case is reached otherwise too.
.globl _start
.type _start, @function
_start:
    mov (%rsp), %ecx
    mov $getppid, %ebp
    cmp $4, %ecx
    ja 5f
    jmp 4f
1:
    lea one(%rip), %rdx
2:
    movslq (%rdx,%rcx,4), %rax
    add %rdx, %rax
    jmp *%rax
4:
    lea other(%rip), %rdx
    jmp 2b
5:
    cmp $9, %ecx
    jb 1b
    mov $getpid, %ebp
6:
    mov %ebp, %eax
    syscall
7:
    leave_program
.size _start, . - _start
.section .rodata
.balign 4
one:
    .long 7b - one, 7b - one, 7b - one, 7b - one, 7b - one, 7b - one, 7b - one, 7b - one, 7b - one
other:
    .long 6b - other, 6b - other, 6b - other, 6b - other, 6b - other
