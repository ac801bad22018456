#include "start.h"

// The last of many parameters is the address of a local.
noinline static void set(long a, long b, long c, long d, long e, long f, long g, long h, long i,
                         long j, long k, long l, long m, long n, int *number)
{
    *number = __NR_getppid;
}

long program(long words)
{
    int number = __NR_getpid;
    set(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, &number);
    return call(number, 0, 0, 0);
}
