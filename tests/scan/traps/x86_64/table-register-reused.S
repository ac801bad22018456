.include "start.inc"

# Between the read of a table and the jump, its register gets another address. The index is a copy of
# what was compared last. Entries that no index gets to lead into an instruction.
.globl _start
_start:
    mov (%rsp), %ebx
    cmp $9, %ebx
    ja 3f
    mov %ebx, %edx
    cmp $1, %ebx
    ja 3f
    lea table(%rip), %rax
    movslq (%rax,%rdx,4), %rcx
    add %rax, %rcx
    lea other(%rip), %rax
    jmp *%rcx
1:
    mov $getpid, %eax
    syscall
    jmp 3f
2:
    mov $getppid, %eax
    syscall
    # In it is a far return.
inside:
    add %r9, %r10
    mov $-1, %r11d
3:
    leave_program
.section .rodata
.balign 4
table:
    .long 1b - table, 2b - table
    .rept 8
    .long inside + 2 - table
    .endr
other:
    .quad 0
