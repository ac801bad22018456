.include "start.inc"

# A callee saves a register and gives back another value.
.globl _start
_start:
    mov $getpid, %ebx
    call careless
    mov %ebx, %eax
    syscall
    leave_program
careless:
    push %rbx
    movq $getppid, (%rsp)
    pop %rbx
    ret
