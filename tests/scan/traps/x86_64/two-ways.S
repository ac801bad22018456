.include "start.inc"

# One site, two numbers, by paths that meet.
.globl _start
_start:
    mov (%rsp), %rdi
    mov $getpid, %ebx
    cmp $1, %rdi
    jne 1f
    mov $getppid, %ebx
1:  mov %ebx, %eax
    syscall
    leave_program
