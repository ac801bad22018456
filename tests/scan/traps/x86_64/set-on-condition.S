.include "start.inc"

.globl _start
_start:
    mov (%rsp), %rdi
    xor %eax, %eax
    cmp $1, %rdi
    sete %al
    lea getppid - 1(%rax), %eax
    syscall
    leave_program
