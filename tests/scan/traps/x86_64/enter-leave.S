.include "start.inc"

.globl _start
_start:
    enter $16, $0
    movl $getppid, -4(%rbp)
    call unrelated
    mov -4(%rbp), %eax
    leave
    syscall
    leave_program
unrelated:
    enter $16, $0
    movl $getpid, -4(%rbp)
    leave
    ret
