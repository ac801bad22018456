// build: -static-pie
.include "start.inc"

# A function that gets a pointer calls it in its cold part, from its stack.
.globl _start
.type _start, @function
_start:
    mov $getpid, %edi
    call wrapper
    lea wrapper(%rip), %rdi
    mov (%rsp), %rsi
    call run
    leave_program
.size _start, . - _start
.type run, @function
run:
    sub $24, %rsp
    mov %rdi, 8(%rsp)
    test %rsi, %rsi
    jne run.cold
    add $24, %rsp
    ret
.size run, . - run
.type wrapper, @function
wrapper:
    mov %edi, %eax
    syscall
    ret
.size wrapper, . - wrapper
.section .text.unlikely, "ax"
.type run.cold, @function
run.cold:
    mov $getppid, %edi
    call *8(%rsp)
    add $24, %rsp
    ret
.size run.cold, . - run.cold
