#include "start.h"

// Numbers in a table of constants.
static const int numbers[] = {__NR_getpid, __NR_getppid, __NR_gettid, __NR_getuid};

long program(long words)
{
    return call(numbers[words & 3], 0, 0, 0);
}
