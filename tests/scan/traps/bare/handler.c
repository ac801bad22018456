#include "start.h"

// Only the kernel calls the handler of a signal.
struct action {
    void (*handler)(int);
    unsigned long flags;
    void (*restorer)(void);
    unsigned long mask;
};

noinline static void handler(int signal)
{
    call(__NR_getppid, 0, 0, 0);
}

#if defined(__x86_64__)
void restore(void);
__asm__("restore:\n mov $15, %eax\n syscall\n");
#else
void restore(void);
__asm__("restore:\n mov x8, 139\n svc 0\n");
#endif

long program(long words)
{
    struct action action = {handler, 0x04000000, restore, 0};
#if defined(__x86_64__)
    __asm__ volatile("mov $13, %%eax\n mov $10, %%edi\n mov %0, %%rsi\n xor %%edx, %%edx\n mov $8, %%r10d\n syscall"
                     :: "r"(&action) : "rax", "rdi", "rsi", "rdx", "r10", "rcx", "r11", "memory");
#else
    __asm__ volatile("mov x8, 134\n mov x0, 10\n mov x1, %0\n mov x2, 0\n mov x3, 8\n svc 0"
                     :: "r"(&action) : "x0", "x1", "x2", "x3", "x8", "memory");
#endif
    return call(__NR_kill, call(__NR_getpid, 0, 0, 0), 10, 0);
}
