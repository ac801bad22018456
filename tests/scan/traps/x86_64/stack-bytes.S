.include "start.inc"

# A slot is written in parts.
.globl _start
_start:
    sub $24, %rsp
    movl $getpid, 8(%rsp)
    movb $getppid, 8(%rsp)
    mov 8(%rsp), %eax
    syscall
    leave_program
