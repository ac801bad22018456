.include "start.inc"

# The low half of a register equals a number, but not all of it.
.globl _start
_start:
    mov secret(%rip), %rdx
    cmp $5, %edx
    jne 2f
    cmp $5, %rdx
    je 2f
    mov $getppid, %eax
    syscall
2:
    leave_program
.data
secret:
    .quad 0x100000005
