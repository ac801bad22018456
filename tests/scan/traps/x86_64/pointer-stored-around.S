.include "start.inc"

// A pointer is stored by an instruction that does more, or is seldom used.
.globl _start
.type _start, @function
_start:
    mov $getpid, %edi
    call wrapper
    mov $wrapper, %eax
    movnti %rax, slot(%rip)
    xor %eax, %eax
    call use
    leave_program
    ud2
.size _start, . - _start
.type use, @function
use:
    mov slot(%rip), %rcx
    mov $getppid, %edi
    call *%rcx
    ret
.size use, . - use
.type wrapper, @function
wrapper:
    mov %rdi, %rax
    syscall
    ret
.size wrapper, . - wrapper
.bss
slot:
    .skip 8
