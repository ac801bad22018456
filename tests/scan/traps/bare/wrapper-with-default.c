#include "start.h"

// One number is the parameter, another is made where the parameter does not do.
noinline static long wrapper(long number)
{
    opaque(number);
    if (number < 0)
        number = __NR_getppid;
    return call(number, 0, 0, 0);
}

long program(long words)
{
    return wrapper(__NR_gettid) + wrapper(-words);
}
