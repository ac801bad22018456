#include "start.h"

// A parameter of 32 bits is a negative offset in bytes.
static const int numbers[] = {__NR_getppid, __NR_getpid, __NR_getuid};

noinline static long at(int offset)
{
    return call(*(const int *)((const char *)&numbers[1] + offset), 0, 0, 0);
}

long program(long words)
{
    at(0);
    return at(-4);
}
