.include "start.inc"

# The bit of x32.
.globl _start
_start:
    mov $0x40000000 + getppid, %eax
    syscall
    leave_program
