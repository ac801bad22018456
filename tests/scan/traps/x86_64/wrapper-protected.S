.include "start.inc"

# A pointer is encoded with a secret while it is kept, as C libraries do.
.globl _start
_start:
    mov $getpid, %edi
    call wrapper
    rdtsc
    mov %rax, %rsi
    lea wrapper(%rip), %rbx
    xor %rsi, %rbx
    rol $17, %rbx
    mov $getppid, %edi
    ror $17, %rbx
    xor %rsi, %rbx
    call *%rbx
    leave_program
wrapper:
    mov %rdi, %rax
    syscall
    ret
