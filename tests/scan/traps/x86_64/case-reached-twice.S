.include "start.inc"

# A case of a table is also reached by a branch, with another number.
.globl _start
.type _start, @function
_start:
    mov (%rsp), %r12
    mov $getpid, %eax
    cmp $99, %r12
    je 2f
    mov $getppid, %eax
    movzbl index(%r12), %ecx
    lea table(%rip), %rdx
    movslq (%rdx,%rcx,4), %r8
    add %rdx, %r8
    jmp *%r8
1:
    mov $getuid, %eax
2:
    syscall
    leave_program
.size _start, . - _start
.section .rodata
table:
    .long 1b - table, 2b - table
.data
index:
    .byte 0, 1, 1, 1, 1, 1, 1, 1
