// build: -static-pie
.include "start.inc"

# A function of which the address is taken goes on to 32-bit code only if a flag says so; it is called too.
.globl _start
.type _start, @function
_start:
    lea thunk(%rip), %rax
    mov (%rsp), %rdi
    call between
    mov $getpid, %eax
    syscall
    leave_program
    ud2
.size _start, . - _start
.type between, @function
between:
    call thunk
    mov $getuid, %eax
    syscall
    ret
.size between, . - between
    .balign 16
thunk:
    test %rdi, %rdi
    jne 1f
    lretq
1:  mov $getppid, %eax
    syscall
    ret
