// build: -static
// A function that is chosen when the program starts: the resolver and what it chooses make calls.
#include <sys/syscall.h>

static int chosen(void)
{
    int result;
    __asm__ volatile("syscall" : "=a"(result) : "a"(SYS_getppid) : "rcx", "r11", "memory");
    return result;
}

static void *resolve(void)
{
    int result;
    __asm__ volatile("syscall" : "=a"(result) : "a"(SYS_getpgrp) : "rcx", "r11", "memory");
    return result ? (void *)chosen : (void *)chosen;
}

int work(void) __attribute__((ifunc("resolve")));

int main(void) { return work() == 0; }
