// build: -O1
#include "start.h"

// A function that gets a pointer puts it in an array on its stack, and calls one that it reads there.
noinline static long wrapper(long number) { return call(number, 0, 0, 0); }
noinline static long nothing(long number) { return number; }

noinline static long run(long (*function)(long), long index)
{
    long (*volatile functions[2])(long) = {nothing, function};
    return functions[index & 1](__NR_getppid);
}

long program(long words)
{
    wrapper(__NR_getpid);
    return run(wrapper, words);
}
