// build: -fno-toplevel-reorder
#include "start.h"

// A function that gets a pointer calls it in its cold part.
noinline static long wrapper(long number) { return call(number, 0, 0, 0); }
noinline static long check(long value) { return value; }
__attribute__((cold)) noinline static void complain(void) { __asm__ volatile(""); }

noinline static long run(long (*function)(long), long words)
{
    if (__builtin_expect(check(words) != 0, 0)) {
        complain();
        return function(__NR_getppid);
    }
    return 0;
}

long program(long words)
{
    wrapper(__NR_getpid);
    return run(wrapper, words);
}
