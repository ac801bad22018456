#include "start.h"

// On AArch64, the compiler reaches one variable from the address of another: the page of both is in one
// register, and their distance in the instruction.
noinline static long one(void) { return call(__NR_getuid, 0, 0, 0); }
noinline static long two(void) { return call(__NR_getppid, 0, 0, 0); }
static long (*volatile first)(void) = one;
static long (*volatile second)(void) = two;

long program(long words)
{
    return first() + second();
}
