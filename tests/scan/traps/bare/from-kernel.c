#include "start.h"

// The number is what was read from a file.
static const char path[] = "/proc/self/comm";

long program(long words)
{
    int number = __NR_getpid;
    long file = call(__NR_openat, -100, (long)path, 0);
    call(__NR_read, file, (long)&number, 1);
    return call(number, 0, 0, 0);
}
