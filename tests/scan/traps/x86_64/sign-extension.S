.include "start.inc"

.globl _start
_start:
    mov $-getppid, %al
    movsbl %al, %eax
    neg %eax
    syscall
    leave_program
