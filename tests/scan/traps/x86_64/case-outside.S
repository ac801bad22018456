.include "start.inc"

# A table, of which no comparison tells the size, leads out of the function.
.globl _start
.type _start, @function
_start:
    mov (%rsp), %rcx
    movzbl index(%rcx), %ecx
    lea table(%rip), %rdx
    movslq (%rdx,%rcx,4), %rax
    add %rdx, %rax
    jmp *%rax
1:
    mov $getpid, %eax
    syscall
    leave_program
.size _start, . - _start
.section .text.unlikely, "ax"
.type cold, @function
cold:
    nop
2:
    mov $getppid, %eax
    syscall
    leave_program
.size cold, . - cold
.section .rodata
table:
    .long 1b - table, 2b - table
.data
index:
    .byte 0, 1, 1, 1, 1, 1, 1, 1
