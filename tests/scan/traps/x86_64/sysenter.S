.include "start.inc"

.globl _start
_start:
    mov (%rsp), %rdi
    cmp $7, %rdi
    jne 1f
    mov $64, %eax
    sysenter
1:  leave_program
