// build: -static-pie
.include "start.inc"

# A pointer to a function that does not return is replaced before it is called.
.globl _start
.type _start, @function
_start:
    mov $getpid, %eax
    syscall
    lea returns(%rip), %rax
    mov %rax, hook(%rip)
    call *hook(%rip)
    mov $getppid, %eax
    syscall
    leave_program
.size _start, . - _start
.type returns, @function
returns:
    ret
.size returns, . - returns
.type stops, @function
stops:
    ud2
.size stops, . - stops
.data
hook:
    .quad stops
