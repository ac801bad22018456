#include "start.h"

noinline static long choose(long words)
{
    opaque(words);
    if (words == 1)
        return __NR_getppid;
    return __NR_gettid;
}

long program(long words)
{
    return call(choose(words), 0, 0, 0);
}
