.include "start.inc"

# `lods` writes the accumulator.
.globl _start
_start:
    mov $getpid, %eax
    lea number(%rip), %rsi
    lodsl
    syscall
    leave_program
.section .rodata
number: .long getppid
