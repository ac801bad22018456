#include "start.h"

// One of many wrappers is chosen, and then called.
#define WRAPPER(index)                                          \
    noinline static void wrapper##index(long number)            \
    {                                                           \
        call(number, index, 0, 0);                              \
    }
WRAPPER(0) WRAPPER(1) WRAPPER(2) WRAPPER(3) WRAPPER(4)
WRAPPER(5) WRAPPER(6) WRAPPER(7) WRAPPER(8) WRAPPER(9)

#define CHOICE(index)                    \
    case index:                          \
        call(__NR_getpid, index, 0, 0);  \
        wrapper = wrapper##index;        \
        break;

long program(long words)
{
    void (*wrapper)(long) = wrapper0;
    switch (words) {
        CHOICE(1) CHOICE(2) CHOICE(3) CHOICE(4) CHOICE(5)
        CHOICE(6) CHOICE(7) CHOICE(8) CHOICE(9)
    }
    wrapper(__NR_getppid);
    return 0;
}
