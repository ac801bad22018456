.include "start.inc"

# A direct jump into the middle of an instruction: `mov $110, %al; syscall` is inside of a number.
.globl _start
_start:
    xor %eax, %eax
    jmp hidden + 2
hidden:
    movabs $0x90909090050f6eb0, %rcx
    leave_program
