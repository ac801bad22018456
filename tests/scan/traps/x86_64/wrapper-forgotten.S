.include "start.inc"

# A write to a place that is not known can have changed where a function is, and has not.
.globl _start
_start:
    sub $40, %rsp
    mov $getpid, %edi
    call wrapper
    lea 8(%rsp), %rax
    mov %rax, shown(%rip)
    lea wrapper(%rip), %rdx
    mov %rdx, 8(%rsp)
    mov where(%rip), %rcx
    movq $1, (%rcx)
    mov 8(%rsp), %rax
    movq $0, 8(%rsp)
    xor %ecx, %ecx
    xor %edx, %edx
    mov $getppid, %edi
    call *%rax
    leave_program
wrapper:
    mov %rdi, %rax
    syscall
    ret
.data
shown:
    .quad 0
where:
    .quad place
place:
    .quad 0
