#include "start.h"

// The number is in a variable that is written past the end of its neighbour.
static struct {
    long before[4];
    long number;
} all = {{0}, __NR_getpid};

long program(long words)
{
    long *place = all.before;
    opaque(place);
    place[words + 3] = __NR_getppid;
    return call(*(volatile long *)&all.number, 0, 0, 0);
}
