#include "start.h"

// The number is in memory to which a parameter points.
struct request {
    long priority;
    long number;
};

noinline static long wrapper(const struct request *request)
{
    return call(request->number, 0, 0, 0);
}

long program(long words)
{
    struct request request = {words, __NR_getppid};
    return wrapper(&request);
}
