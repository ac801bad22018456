.include "start.inc"

// A small `setjmp` returns twice: what registers have, and the result, is not what it was at first.
.type setjmp, @function
setjmp:
    mov %rbx, (%rdi)
    mov %rsp, %rdx
    mov %rdx, 8(%rdi)
    mov (%rsp), %rdx
    mov %rdx, 16(%rdi)
    xor %eax, %eax
    ret
.size setjmp, . - setjmp
.type longjmp, @function
longjmp:
    mov %esi, %eax
    mov (%rdi), %rbx
    mov 8(%rdi), %rsp
    mov 16(%rdi), %rdx
    mov %rdx, (%rsp)
    mov $getppid, %r8d
    ret
.size longjmp, . - longjmp
.globl _start
.type _start, @function
_start:
    lea buffer(%rip), %rdi
    mov $getpid, %r8d
    call setjmp
    test %eax, %eax
    jne 1f
    lea buffer(%rip), %rdi
    mov $gettid, %esi
    call longjmp
    ud2
1:
    syscall
    mov %r8, %rax
    syscall
    leave_program
    ud2
.size _start, . - _start
.bss
buffer:
    .skip 64
