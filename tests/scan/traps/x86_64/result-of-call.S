.include "start.inc"

# The kernel's answer is the next number: for root, 102 gives 0.
.globl _start
_start:
    xor %edi, %edi
    xor %esi, %esi
    xor %edx, %edx
    mov $getuid, %eax
    syscall
    syscall
    leave_program
