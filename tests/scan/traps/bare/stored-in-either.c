// build: -O1
#include "start.h"

// The address of a local is kept in one of two others, and written through.
long program(long words)
{
    volatile int number = __NR_getpid;
    volatile int *volatile a, *volatile b;
    volatile int *volatile *place = words & 1 ? &a : &b;
    *place = &number;
    **place = __NR_getppid;
    return call(number, 0, 0, 0);
}
