#include "start.h"

// A callback is passed on as a parameter on the stack.
noinline static long wrapper(long number)
{
    return call(number, 0, 0, 0);
}

noinline static long last(long a, long b, long c, long d, long e, long f, long g, long h, long i,
                          long (*callback)(long))
{
    return callback(a + b + c + d + e + f - __NR_gettid + __NR_getppid);
}

noinline static long use(long (*callback)(long), long words)
{
    return last(__NR_gettid - 5, 1, 1, 1, 1, 1, words, words, words, callback) + 1;
}

long program(long words)
{
    wrapper(__NR_getpid);
    return use(wrapper, words);
}
