// build: -O1
#include "start.h"

// The address of a local is copied byte by byte into a global.
static struct { volatile int *place; } kept;

long program(long words)
{
    volatile int number = __NR_getpid;
    struct { volatile int *place; } box = {&number};
#pragma GCC unroll 8
    for (int i = 0; i < 8; i++)
        ((volatile char *)&kept)[i] = ((volatile char *)&box)[i];
    *kept.place = __NR_getppid;
    return call(number, 0, 0, 0);
}
