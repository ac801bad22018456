#include "start.h"

noinline static long inner(long a, long number)
{
    return call(number, a, 0, 0);
}

noinline static long outer(long number, long a, long b)
{
    return inner(a, number) + b;
}

long program(long words)
{
    return outer(__NR_getppid, words, 1) + outer(__NR_gettid, words, 2);
}
