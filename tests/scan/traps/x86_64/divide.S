.include "start.inc"

# `div` writes the accumulator.
.globl _start
_start:
    mov $getppid * 3, %eax
    xor %edx, %edx
    mov $3, %ecx
    div %ecx
    syscall
    leave_program
