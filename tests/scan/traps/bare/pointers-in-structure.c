#include "start.h"

// A table of methods that only a structure on the stack points to.
struct methods {
    long (*first)(long);
    long (*second)(long);
};

noinline static long first(long a)
{
    return call(__NR_getuid, a, 0, 0);
}

noinline static long second(long a)
{
    return call(__NR_getppid, a, 0, 0);
}

static const struct methods methods = {first, second};

noinline static long use(const struct methods *const *object, long a)
{
    return (*object)->second(a);
}

long program(long words)
{
    const struct methods *object = &methods;
    return use(&object, words);
}
