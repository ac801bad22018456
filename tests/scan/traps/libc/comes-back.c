// build:
// `getcontext` returns twice, and is called by way of the table of imports.
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

static ucontext_t context;

static __attribute__((noinline)) void again(void) { setcontext(&context); }

int main(void)
{
    volatile long is_second = 0, number = SYS_getpid;
    getcontext(&context);
    if (is_second)
        return syscall(number) == 0;
    number = SYS_getppid;
    is_second = 1;
    again();
    return 1;
}
