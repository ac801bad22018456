#include "start.h"

// `longjmp` goes back to a place whose variable has changed since.
static void *buffer[5];

noinline static void back(void)
{
    __builtin_longjmp(buffer, 1);
}

long program(long words)
{
    volatile int number = __NR_getpid;
    if (__builtin_setjmp(buffer))
        return call(number, 0, 0, 0);
    number = __NR_getppid;
    back();
    return 0;
}
