.include "start.inc"

# The page that old programs call: the kernel acts for it, and asks filters, `emulate_vsyscall`.
.globl _start
_start:
    xor %edi, %edi
    mov (%rsp), %rcx
    cmp $7, %rcx
    jne 1f
    mov $0xffffffffff600400, %rax
    call *%rax
1:  leave_program
