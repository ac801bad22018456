.include "start.inc"

# The wrapper takes the number where no convention has it.
.globl _start
_start:
    mov $getppid, %r14d
    call wrapper
    mov $gettid, %r14d
    call wrapper
    leave_program
wrapper:
    mov %r14d, %eax
    syscall
    ret
