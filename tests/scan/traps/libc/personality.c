// build: -fexceptions -static
// The unwinder calls a function of the program that only the table for unwinding names.
#include <sys/syscall.h>
#include <unwind.h>

_Unwind_Reason_Code handle(int version, _Unwind_Action actions, _Unwind_Exception_Class class,
                           struct _Unwind_Exception *exception, struct _Unwind_Context *context)
{
    long result = SYS_getppid;
    __asm__ volatile("syscall" : "+a"(result) :: "rcx", "r11", "memory");
    return _URC_CONTINUE_UNWIND;
}

__asm__(".pushsection .data.rel.local, \"aw\"\n"
        ".balign 8\n"
        "slot: .quad handle\n"
        ".popsection\n"
        ".type through, @function\n"
        "through: .cfi_startproc\n"
        ".cfi_personality 0x9b, slot\n"
        "sub $8, %rsp\n"
        ".cfi_adjust_cfa_offset 8\n"
        "call *%rdi\n"
        "add $8, %rsp\n"
        ".cfi_adjust_cfa_offset -8\n"
        "ret\n"
        ".cfi_endproc\n"
        ".size through, . - through\n");
void through(void (*function)(void));

static struct _Unwind_Exception exception;

static __attribute__((noinline)) void raise(void) { _Unwind_RaiseException(&exception); }

int main(void)
{
    through(raise);
    return 0;
}
