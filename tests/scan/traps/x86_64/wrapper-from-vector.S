// build: -static -no-pie
.include "start.inc"

# A pointer that only the loader writes is loaded into a vector register.
.globl _start
.type _start, @function
_start:
    mov $getpid, %edi
    call wrapper
    movq slot(%rip), %xmm0
    movq %xmm0, kept(%rip)
    mov $getppid, %edi
    call *kept(%rip)
    leave_program
.size _start, . - _start
.type wrapper, @function
wrapper:
    mov %edi, %eax
    syscall
    ret
.size wrapper, . - wrapper
.section .rodata
.balign 8
slot:
    .quad wrapper
.bss
.balign 8
kept:
    .quad 0
