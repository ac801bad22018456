#include "start.h"

// Code that the program writes into memory of its own.
long program(long words)
{
#if defined(__x86_64__)
    static const unsigned char code[] = {0xb8, __NR_getppid, 0, 0, 0, 0x0f, 0x05, 0xc3};
    register long r10 __asm__("r10") = 0x22;
    register long r8 __asm__("r8") = -1;
    register long r9 __asm__("r9") = 0;
    long place = __NR_mmap;
    __asm__ volatile("syscall" : "+a"(place) : "D"(0), "S"(4096), "d"(7), "r"(r10), "r"(r8), "r"(r9)
                     : "rcx", "r11", "memory");
#else
    static const unsigned code[] = {0xd2800008 | __NR_getppid << 5, 0xd4000001, 0xd65f03c0};
    register long x8 __asm__("x8") = __NR_mmap;
    register long x0 __asm__("x0") = 0;
    register long x1 __asm__("x1") = 4096;
    register long x2 __asm__("x2") = 7;
    register long x3 __asm__("x3") = 0x22;
    register long x4 __asm__("x4") = -1;
    register long x5 __asm__("x5") = 0;
    __asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5) : "memory");
    long place = x0;
#endif
    memcpy((void *)place, code, sizeof code);
    __builtin___clear_cache((char *)place, (char *)place + sizeof code);
    return ((long (*)(void))place)();
}
