// build: -static-pie
.include "start.inc"

# The comparison before a jump by a table, in order of addresses, is not the one that limits it; the
# last case is in another part.
.globl _start
.type _start, @function
_start:
    mov (%rsp), %ecx
    add $1, %ecx
    lea table(%rip), %rdx
    cmp $2, %ecx
    jbe 2f
    leave_program
1:
    cmp $0, %ecx
    ja 3f
    jmp 3f
2:
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
    .long 1b - table, 3b - table, cold - table
