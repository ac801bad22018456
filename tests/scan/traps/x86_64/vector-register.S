.include "start.inc"

.globl _start
_start:
    mov $getppid, %ecx
    movd %ecx, %xmm0
    mov $getpid, %eax
    movd %xmm0, %eax
    syscall
    leave_program
