#include "start.h"

// What the start of a program writes is read-only afterwards.
static long number __attribute__((section(".data.rel.ro"))) = __NR_getpid;

noinline static void start(long words) { number = words ? __NR_getppid : 0; }

long program(long words)
{
    start(words);
    return call(number, 0, 0, 0);
}
