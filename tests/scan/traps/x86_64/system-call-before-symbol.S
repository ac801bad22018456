.include "start.inc"

// A system call is the last instruction of a symbol. The next uses its result.
.globl _start
.type _start, @function
_start:
    mov $getuid, %eax
    syscall
.size _start, . - _start
.type next, @function
next:
    add $getppid, %rax
    syscall
    leave_program
    ud2
.size next, . - next
