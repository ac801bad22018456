#include "start.h"

// Which slot is read is known at run time only.
long program(long words)
{
    volatile int numbers[4] = {__NR_getpid, __NR_getppid, __NR_gettid, __NR_getuid};
    return call(numbers[words & 3], 0, 0, 0);
}
