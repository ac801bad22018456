#include "start.h"

// A pointer to a function is kept as a sum with a number that nobody knows.
static unsigned long hidden;

noinline static void wrapper(long number)
{
    call(number, 0, 0, 0);
}

noinline static void hide(unsigned long key)
{
    hidden = (unsigned long)wrapper + key;
}

noinline static void use(unsigned long key)
{
    ((void (*)(long))(hidden - key))(__NR_getppid);
}

long program(long words)
{
    wrapper(__NR_getpid);
    hide(words * 16);
    use(words * 16);
    return 0;
}
