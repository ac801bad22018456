#include "start.h"

// The number comes from the command line.
long program(long words)
{
    return call(words + __NR_getppid - 1, 0, 0, 0);
}
