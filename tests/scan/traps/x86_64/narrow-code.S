.include "start.inc"

# A far return to code of 32 bits.
.globl _start
_start:
    push $0x23
    lea narrow(%rip), %rcx
    push %rcx
    lretq
.code32
narrow:
    mov $64, %eax
    int $0x80
    mov $1, %eax
    xor %ebx, %ebx
    int $0x80
