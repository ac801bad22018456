.include "start.inc"

# `call` for the sake of the address that it pushes, and data behind it.
.globl _start
_start:
    call over
data:
    .long getppid
    .byte 0x06, 0x06
over:
    pop %rcx
    mov (%rcx), %eax
    syscall
    leave_program
