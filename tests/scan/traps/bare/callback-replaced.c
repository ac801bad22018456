#include "start.h"

// A function calls what it got, or another in its place; between lie calls.
noinline static long wrapper(long number)
{
    return call(number, 0, 0, 0);
}

noinline static long other(long number)
{
    return number;
}

static long (*volatile others[2])(long) = {other, other};

noinline static long nothing(long number)
{
    opaque(number);
    return number;
}

noinline static long use(long (*callback)(long), long index)
{
    if (index)
        callback = others[index & 1];
    nothing(index);
    nothing(index + 1);
    return callback(__NR_getppid) + 1;
}

long program(long words)
{
    wrapper(__NR_getpid);
    use(other, 1);
    return use(wrapper, words > 5);
}
