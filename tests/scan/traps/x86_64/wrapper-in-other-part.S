.include "start.inc"

# A function has two parts, as compilers make them. One has the address, the other calls.
.globl _start
.type _start, @function
_start:
    mov (%rsp), %r12
    mov $getpid, %edi
    call wrapper
    lea wrapper(%rip), %rbx
    cmp $2, %r12
    jb cold
    leave_program
.size _start, . - _start
.type wrapper, @function
wrapper:
    mov %rdi, %rax
    syscall
    ret
.size wrapper, . - wrapper
.type cold, @function
cold:
    mov $getppid, %edi
    call *%rbx
    leave_program
.size cold, . - cold
