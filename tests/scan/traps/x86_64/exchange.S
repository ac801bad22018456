.include "start.inc"

.globl _start
_start:
    mov $getpid, %eax
    mov $getppid, %ebx
    xchg %eax, %ebx
    syscall
    leave_program
