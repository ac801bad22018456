.include "start.inc"

# The kernel changes `rcx` and `r11`.
.globl _start
_start:
    mov $getpid, %r11d
    mov $getuid, %eax
    syscall
    mov %r11, %rax
    and $0x200, %eax
    shr $9, %eax
    xor %edi, %edi
    xor %edx, %edx
    add $getppid - 1, %eax
    syscall
    leave_program
