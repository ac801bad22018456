#include "start.h"

// A pointer that was loaded leads to a variable on the stack, which is written by its name.
struct node {
    long number;
};

static struct node *current;

noinline static void remember(struct node *node)
{
    current = node;
}

long program(long words)
{
    struct node node;
    remember(&node);
    struct node *same = current;
    same->number = __NR_getpid;
    node.number = __NR_getppid;
    return words < 9 ? call(same->number, 0, 0, 0) : 0;
}
