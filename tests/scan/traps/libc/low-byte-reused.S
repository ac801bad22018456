# A register has the address of `syscall`, and then a byte in its place.
.globl main
.type main, @function
main:
    push %rbx
    mov syscall@GOTPCREL(%rip), %rbx
    mov $110, %edi
    xor %eax, %eax
    call *%rbx
    mov $1, %bl
    movzbl %bl, %eax
    xor $1, %eax
    pop %rbx
    ret
.size main, . - main
.section .note.GNU-stack, "", @progbits
