#include "start.h"

// The address of a local is kept in a global, and written through in the same function.
static volatile int *volatile kept;

long program(long words)
{
    volatile int number = __NR_getpid;
    kept = &number;
    *kept = __NR_getppid;
    return call(number, 0, 0, 0);
}
