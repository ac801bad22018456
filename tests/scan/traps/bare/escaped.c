#include "start.h"

// A callee changes the variable.
noinline static void change(int *number)
{
    *number = __NR_getppid;
}

long program(long words)
{
    int number = __NR_getpid;
    change(&number);
    return call(number, 0, 0, 0);
}
