.include "start.inc"

# The address of the code is nowhere: it is a base and a distance that memory has.
.globl _start
_start:
    lea base(%rip), %rcx
    movslq distance(%rip), %rdx
    add %rdx, %rcx
    jmp *%rcx
    .byte 0x06, 0x06
base:
    .byte 0x06, 0x06
    .fill 30, 1, 0x06
target:
    mov $getppid, %eax
    syscall
    leave_program
.data
distance: .long target - base
