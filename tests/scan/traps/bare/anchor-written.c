#include "start.h"

// On AArch64, the compiler writes one variable from the address of another.
static volatile int number = __NR_getpid, first = 1;
noinline static void touch(void) { __asm__ volatile("" ::: "memory"); }

noinline static void set(int value)
{
    first = value;
    touch();
    number = value + __NR_getppid;
}

noinline static int get(void) { return number; }

long program(long words)
{
    set(0);
    return call(get(), 0, 0, 0);
}
