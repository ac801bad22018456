#include "start.h"

// Two parameters point to the same; what is read through one is written through the other.
noinline static int set(int *one, int *other)
{
    *other = __NR_getppid;
    return *one;
}

long program(long words)
{
    int number = __NR_getpid;
    return call(set(&number, &number), 0, 0, 0);
}
