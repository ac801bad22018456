.include "start.inc"

# 108, 109, 110, 111.
.globl _start
_start:
    mov $108, %ebx
1:  mov %ebx, %eax
    xor %edi, %edi
    xor %esi, %esi
    syscall
    inc %ebx
    cmp $112, %ebx
    jne 1b
    leave_program
