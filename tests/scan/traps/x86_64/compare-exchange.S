.include "start.inc"

# `cmpxchg` loads the accumulator when the comparison fails.
.globl _start
_start:
    mov $getpid, %eax
    mov $getuid, %ecx
    cmpxchg %rcx, number(%rip)
    syscall
    leave_program
.data
number: .quad getppid
