#include "start.h"

// Options: a pointer to a number that is not aligned.
static int number = __NR_getpid;

struct __attribute__((packed)) option {
    char kind;
    const char *name;
    int *value;
};

static struct option options[] = {{1, "a", 0}, {2, "number", &number}};

noinline static void set(int index, int value)
{
    *options[index].value = value;
}

long program(long words)
{
    set(words, __NR_getppid);
    return call(number, 0, 0, 0);
}
