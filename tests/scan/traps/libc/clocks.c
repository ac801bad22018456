// build: -static
// Clocks that the vDSO answers, and one for which it asks the kernel.
#define _GNU_SOURCE
#include <sched.h>
#include <sys/time.h>
#include <time.h>

int main(void)
{
    struct timespec now;
    struct timeval day;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    clock_getres(CLOCK_PROCESS_CPUTIME_ID, &now);
    gettimeofday(&day, 0);
    return time(0) == 0 || sched_getcpu() < 0;
}
