// Programs without a C library: they start at `program`, which gets the number of words of the
// command line. `getpid` is what a careless reader finds, `getppid` what is called.
#include <asm/unistd.h>

#define noinline __attribute__((noinline, noclone, noipa, used))

// The compiler does not know the value afterwards.
#define opaque(value) __asm__ volatile("" : "+r"(value))

static inline __attribute__((always_inline)) long call(long number, long a, long b, long c)
{
#if defined(__x86_64__)
    long result = number;
    __asm__ volatile("syscall"
                     : "+a"(result)
                     : "D"(a), "S"(b), "d"(c)
                     : "rcx", "r11", "memory");
    return result;
#else
    register long x8 __asm__("x8") = number;
    register long x0 __asm__("x0") = a;
    register long x1 __asm__("x1") = b;
    register long x2 __asm__("x2") = c;
    __asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2) : "memory");
    return x0;
#endif
}

long program(long words);

static inline __attribute__((always_inline)) void leave(void)
{
    call(__NR_exit, 0, 0, 0);
    // Code is decoded on behind a system call.
    __builtin_trap();
}

noinline void start_program(long *stack)
{
    program(*stack);
    leave();
}

#if defined(__x86_64__)
__asm__(".globl _start\n.type _start, @function\n_start:\n mov %rsp, %rdi\n and $-16, %rsp\n call start_program\n ud2\n.size _start, . - _start\n");
#else
__asm__(".globl _start\n_start:\n mov x0, sp\n bl start_program\n brk 1\n");
#endif

void *memcpy(void *to, const void *from, unsigned long size)
{
    char *t = to;
    const char *f = from;
    while (size--) {
        *t++ = *f++;
        opaque(t);
    }
    return to;
}
