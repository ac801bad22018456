.include "start.inc"

.globl _start
_start:
    mov (%rsp), %rdi
    mov $getpid, %eax
    mov $getppid, %ecx
    cmp $2, %rdi
    cmovb %ecx, %eax
    syscall
    leave_program
