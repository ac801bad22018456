.include "start.inc"

# A slot is written by `rep movs`.
.globl _start
_start:
    sub $24, %rsp
    movq $getpid, 8(%rsp)
    lea 8(%rsp), %rdi
    lea number(%rip), %rsi
    mov $8, %ecx
    rep movsb
    mov 8(%rsp), %rax
    syscall
    leave_program
.section .rodata
number: .quad getppid
