.include "start.inc"

# Writing 32 bits clears the others.
.globl _start
_start:
    movabs $0x1234567800000000, %rax
    mov $getppid, %eax
    mov %rax, %rcx
    movzbl %cl, %eax
    syscall
    leave_program
