#include "start.h"

// What a pointer leads to is a global, which is written by its name.
struct pair {
    long first;
    long number;
};

static struct pair pair;

noinline static void use(struct pair *pair_by_pointer, long words)
{
    pair_by_pointer->number = __NR_getpid;
    if (words)
        pair.number = __NR_getppid;
    call(pair_by_pointer->number, 0, 0, 0);
}

long program(long words)
{
    use(&pair, words);
    return 0;
}
