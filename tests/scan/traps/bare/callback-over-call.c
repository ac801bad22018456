#include "start.h"

// A callee changes so few registers that its caller leaves a callback in one that need not be kept.
noinline static long wrapper(long number)
{
    return call(number, 0, 0, 0);
}

static int count;

static __attribute__((__noinline__, __noclone__)) void few(int number)
{
    count += number;
    opaque(number);
}

noinline static long use(int one, int two, int three, long (*callback)(long))
{
    few(one);
    return callback(__NR_getppid) + 1;
}

long program(long words)
{
    wrapper(__NR_getpid);
    return use(words, 1, 2, wrapper);
}
