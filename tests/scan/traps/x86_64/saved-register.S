.include "start.inc"

# A callee does not keep what the ABI says that it keeps.
.globl _start
_start:
    mov $getpid, %ebx
    call careless
    mov %ebx, %eax
    syscall
    leave_program
careless:
    mov $getppid, %ebx
    ret
