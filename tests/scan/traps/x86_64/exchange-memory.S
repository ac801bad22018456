.include "start.inc"

.globl _start
_start:
    mov $getpid, %eax
    xchg %rax, number(%rip)
    syscall
    leave_program
.data
number: .quad getppid
