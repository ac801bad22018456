#include "start.h"

// A bit of a pointer to a function says something else.
static unsigned long tagged;

noinline static void wrapper(long number)
{
    call(number, 0, 0, 0);
}

noinline static void keep(void)
{
    tagged = (unsigned long)wrapper | 1;
}

noinline static void use(void)
{
    ((void (*)(long))(tagged & ~1ul))(__NR_getppid);
}

long program(long words)
{
    wrapper(__NR_getpid);
    keep();
    use();
    return 0;
}
