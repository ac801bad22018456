#include "start.h"

// The child of `vfork` shares the memory of its parent, and changes the number.
long program(long words)
{
    volatile int number = __NR_getpid;
#if defined(__x86_64__)
    long child = call(__NR_vfork, 0, 0, 0);
#else
    register long x8 __asm__("x8") = __NR_clone;
    register long x0 __asm__("x0") = 0x4111;
    __asm__ volatile("mov x1, 0\n svc 0" : "+r"(x0) : "r"(x8) : "x1", "memory");
    long child = x0;
#endif
    if (child == 0) {
        number = __NR_getppid;
        leave();
    }
    return call(number, 0, 0, 0);
}
