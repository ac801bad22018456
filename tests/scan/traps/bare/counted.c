#include "start.h"

// Numbers that a loop makes.
long program(long words)
{
    long result = 0;
    for (long number = __NR_getpid; number != __NR_getpid + 2; number++) {
        long n = number;
        opaque(n);
        result += call(n == __NR_getpid ? __NR_getppid : n, 0, 0, 0);
    }
    return result;
}
