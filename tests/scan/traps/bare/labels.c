#include "start.h"

// A table of places in a function.
long program(long words)
{
    static const void *const places[] = {&&a, &&b, &&c, &&d};
    goto *places[words & 3];
a:
    return call(__NR_getpid, 1, 0, 0);
b:
    return call(__NR_getppid, 2, 0, 0);
c:
    return call(__NR_gettid, 3, 0, 0);
d:
    return call(__NR_getuid, 4, 0, 0);
}
