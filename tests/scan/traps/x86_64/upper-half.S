.include "start.inc"

# The kernel looks at 32 bits of the number, `do_syscall_64`.
.globl _start
_start:
    movabs $0xffffffff0000006e, %rax
    syscall
    leave_program
