#include "start.h"

// A list has the address of a local as its last node, which is found by following the list.
struct node { struct node *volatile next; volatile int number; };
static struct node *volatile first;

noinline static struct node *volatile *end(void)
{
    struct node *volatile *place = &first;
    while (*place)
        place = &(*place)->next;
    return place;
}

long program(long words)
{
    struct node own = {0, __NR_getpid};
    *end() = &own;
    first->number = __NR_getppid;
    return call(own.number, 0, 0, 0);
}
