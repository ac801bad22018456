#include "start.h"

// The number is in memory of the thread, whose base a call has set.
static long area[4] = {0, __NR_getppid, 0, 0};

long program(long words)
{
    long number;
#if defined(__x86_64__)
    call(__NR_arch_prctl, 0x1002, (long)area, 0);
    __asm__ volatile("mov %%fs:8, %0" : "=r"(number));
#else
    long base = (long)area;
    __asm__ volatile("msr tpidr_el0, %1\n mrs %0, tpidr_el0\n ldr %0, [%0, 8]" : "=r"(number) : "r"(base));
#endif
    return call(number, 0, 0, 0);
}
