#include "start.h"

// The address of a function exists only with something added.
noinline static long hidden(long a)
{
    return call(__NR_getppid, a, 0, 0);
}

static char *volatile pointer = (char *)hidden + 0x1000;

long program(long words)
{
    long (*function)(long) = (long (*)(long))(pointer - 0x1000);
    return function(words);
}
