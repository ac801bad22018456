#include "start.h"

// The compiler turns the choice into a table of constants.
long program(long words)
{
    long number;
    switch (words) {
    case 0: number = __NR_getpid; break;
    case 1: number = __NR_getppid; break;
    case 2: number = __NR_gettid; break;
    case 3: number = __NR_getuid; break;
    case 4: number = __NR_getgid; break;
    case 5: number = __NR_geteuid; break;
    default: number = __NR_getegid; break;
    }
    return call(number, 0, 0, 0);
}
