// build: -static
// `longjmp` goes back to a place whose variable has changed since.
#include <setjmp.h>
#include <sys/syscall.h>

static jmp_buf place;
static void __attribute__((noinline)) back(void) { longjmp(place, 1); }

int main(void)
{
    volatile long number = SYS_getpid;
    if (setjmp(place)) {
        long raw = number;
        __asm__ volatile("syscall" : "+a"(raw) :: "rcx", "r11", "memory");
        return 0;
    }
    number = SYS_getppid;
    back();
}
