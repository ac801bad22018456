#include "start.h"

// A wrapper calls itself with the next number.
noinline static long wrapper(long number, long left)
{
    long result = call(number, 0, 0, 0);
    return left ? result + wrapper(number + (__NR_getppid - __NR_getpid), left - 1) : result;
}

long program(long words)
{
    return wrapper(__NR_getpid, words);
}
