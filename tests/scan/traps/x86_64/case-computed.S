.include "start.inc"

# A jump to a computed place in the function, which is also reached by a branch.
.globl _start
.type _start, @function
_start:
    mov (%rsp), %r12
    mov $getpid, %eax
    cmp $99, %r12
    je 2f
    mov $getppid, %eax
    movzbl index(%r12), %ecx
    lea 1f(%rip), %rdx
    add %rcx, %rdx
    jmp *%rdx
1:
    mov $getuid, %eax
2:
    syscall
    leave_program
.size _start, . - _start
.data
index:
    .byte 0, 2b - 1b, 2b - 1b, 2b - 1b, 2b - 1b, 2b - 1b
