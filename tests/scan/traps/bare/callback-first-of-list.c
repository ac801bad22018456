#include "start.h"

// The first that is called in a loop is a parameter, the others are in a list.
struct node {
    struct node *next;
    long (*callback)(long);
};

noinline static long wrapper(long number)
{
    return call(number, 0, 0, 0);
}

noinline static long other(long number)
{
    return number;
}

static struct node last = {0, other}, first = {&last, other};

noinline static long all(struct node *node, long (*callback)(long))
{
    long sum = 0;
    do {
        sum += callback(__NR_getppid);
        callback = node->callback;
        node = node->next;
    } while (node);
    return sum;
}

long program(long words)
{
    wrapper(__NR_getpid);
    return all(&first, wrapper);
}
