// build: -O1
#include "start.h"

// A pointer to a local is read from an array of such, at an index that is not known, and written through.
long program(long words)
{
    volatile int other = 0;
    volatile int number = __NR_getpid;
    volatile int *volatile places[2] = {&other, &number};
    *places[words & 1] = __NR_getppid;
    return call(number, 0, 0, 0);
}
