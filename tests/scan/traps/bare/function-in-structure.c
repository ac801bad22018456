#include "start.h"

// A wrapper is called through a structure on the stack.
struct work {
    void (*function)(long);
    long number;
};

noinline static void wrapper(long number) { call(number, 0, 0, 0); }

noinline static void run(struct work *work) { work->function(work->number); }

long program(long words)
{
    struct work work = {wrapper, __NR_getppid};
    opaque(words);
    run(&work);
    return words;
}
