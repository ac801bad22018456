.include "start.inc"

# As `jump-to-middle`, by an address that is computed.
.globl _start
_start:
    xor %eax, %eax
    lea hidden(%rip), %rcx
    add $2, %rcx
    jmp *%rcx
hidden:
    movabs $0x90909090050f6eb0, %rcx
    leave_program
