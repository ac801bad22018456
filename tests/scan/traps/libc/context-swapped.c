// build:
// `swapcontext` returns twice.
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

static ucontext_t own, other;
static char stack[65536];

static void back(void) { setcontext(&own); }

static __attribute__((noinline)) long use(void)
{
    volatile long number = SYS_getpid;
    volatile int count = 0;
    swapcontext(&own, &other);
    long result = syscall(number);
    if (count++ == 0) {
        number = SYS_getppid;
        setcontext(&own);
    }
    return result;
}

int main(void)
{
    getcontext(&other);
    other.uc_stack.ss_sp = stack;
    other.uc_stack.ss_size = sizeof stack;
    makecontext(&other, back, 0);
    return use() == 0;
}
