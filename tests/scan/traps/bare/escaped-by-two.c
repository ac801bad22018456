#include "start.h"

// A pointer to a pointer to the variable.
noinline static void change(int **number)
{
    **number = __NR_getppid;
}

long program(long words)
{
    int number = __NR_getpid;
    int *pointer = &number;
    change(&pointer);
    return call(number, 0, 0, 0);
}
