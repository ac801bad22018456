.include "start.inc"

# The same as `wrapper-in-other-part`, with the address on the stack.
.globl _start
.type _start, @function
_start:
    mov (%rsp), %r12
    sub $160, %rsp
    mov $getpid, %edi
    call wrapper
    lea wrapper(%rip), %rbx
    mov %rbx, 96(%rsp)
    xor %ebx, %ebx
    jmp cold
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
    call *96(%rsp)
    leave_program
.size cold, . - cold
