#include "start.h"

// The same place by its address and by one that was aligned.
long program(long words)
{
    char bytes[64] __attribute__((aligned(16)));
    *(volatile long *)(bytes + 16) = __NR_getpid;
    volatile long *aligned = (long *)(((unsigned long)bytes + 16) & ~15ul);
    *aligned = __NR_getppid;
    return call(*(volatile long *)(bytes + 16), 0, 0, 0);
}
