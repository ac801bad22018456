// build: -fno-toplevel-reorder
#include "start.h"

// A function that gets a pointer keeps it where another can see it, and calls it.
noinline static long wrapper(long number) { return call(number, 0, 0, 0); }
noinline static void touch(void) { __asm__ volatile("" ::: "memory"); }
static long (*volatile *volatile shown)(long);

noinline static long run(long (*function)(long))
{
    long (*volatile kept)(long) = function;
    shown = &kept;
    touch();
    return kept(__NR_getppid);
}

long program(long words)
{
    wrapper(__NR_getpid);
    return run(wrapper);
}
