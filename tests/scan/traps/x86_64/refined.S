.include "start.inc"

# A comparison bounds a number that comes from outside: 0x6e only.
.globl _start
_start:
    mov (%rsp), %rax
    add $getppid - 1, %rax
    cmp $getppid, %eax
    jne 1f
    syscall
1:  leave_program
