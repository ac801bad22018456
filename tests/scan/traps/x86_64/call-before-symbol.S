.include "start.inc"

// A call is the last instruction of a symbol. The next has what the callee leaves, and a pointer that
// it keeps.
.globl _start
.type other, @function
other:
    mov $getppid, %esi
    ret
.size other, . - other
.type wrapper, @function
wrapper:
    mov %rdi, %rax
    syscall
    ret
.size wrapper, . - wrapper
.type _start, @function
_start:
    mov $getpid, %edi
    call wrapper
    lea wrapper(%rip), %rbx
    mov $getpid, %esi
    call other
.size _start, . - _start
.type next, @function
next:
    mov %rsi, %rax
    syscall
    mov $gettid, %edi
    call *%rbx
    leave_program
    ud2
.size next, . - next
