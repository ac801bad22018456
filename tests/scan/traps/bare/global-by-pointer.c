#include "start.h"

// The number is in a variable that is written by way of a pointer.
static long number = __NR_getpid;
static long *volatile pointer = &number;

long program(long words)
{
    *pointer = __NR_getppid;
    long read = *(volatile long *)&number;
    return call(read, 0, 0, 0);
}
