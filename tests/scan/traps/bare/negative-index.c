#include "start.h"

// A parameter of 32 bits is negative, and an index of bytes.
static const unsigned char numbers[] = {__NR_getppid, __NR_getpid, __NR_getuid};

noinline static long by(int index)
{
    return call(numbers[index + 1], 0, 0, 0);
}

long program(long words)
{
    by(0);
    return by(-1);
}
