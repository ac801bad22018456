#include "start.h"

// The number is the ninth parameter, which is on the stack.
noinline static long wrapper(long a, long b, long c, long d, long e, long f, long g, long h, long number)
{
    return call(number, a + b, c + d, e + f + g + h);
}

long program(long words)
{
    return wrapper(1, 2, 3, 4, 5, 6, 7, words, __NR_getppid) + wrapper(1, 2, 3, 4, 5, 6, 7, 8, __NR_gettid);
}
