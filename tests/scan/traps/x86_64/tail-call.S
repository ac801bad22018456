.include "start.inc"

.globl _start
_start:
    mov $getppid, %edi
    call tail
    mov $gettid, %edi
    call tail
    leave_program
tail:
    mov %edi, %esi
    jmp wrapper
wrapper:
    mov %esi, %eax
    syscall
    ret
