.include "start.inc"

.globl _start
_start:
    mov $getpid, %eax
    mov $getppid, %al
    syscall
    leave_program
