#include "start.h"

// The compiler turns the choice into a table of jumps.
#define one(value, number)                                    \
    case value:                                               \
        result = call(number, value, 0, 0);                   \
        __asm__ volatile("nop" : "+r"(result) : "i"(value)); \
        break;

long program(long words)
{
    long result = 0;
    switch (words) {
        one(0, __NR_getpid)
        one(1, __NR_getppid)
        one(2, __NR_gettid)
        one(3, __NR_getuid)
        one(4, __NR_getgid)
        one(5, __NR_geteuid)
        one(6, __NR_getegid)
    }
    return result;
}
