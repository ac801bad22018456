#include "start.h"

// A result that is extended from 32 bits decides.
noinline static long extended(int number)
{
    __asm__ volatile("");
    return number;
}

long program(long words)
{
    if (extended(-1) == -1)
        call(__NR_getppid, 0, 0, 0);
    else
        call(__NR_getpid, 0, 0, 0);
    return words;
}
