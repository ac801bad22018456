// build: -Og -no-pie -fno-pie -fno-ipa-cp
// A function calls its parameter only if that is a certain function, by the parameter.
#include <sys/syscall.h>

static __attribute__((noinline)) long wrapper(long number)
{
    long result = number;
    __asm__ volatile("syscall" : "+a"(result) :: "rcx", "r11", "memory");
    return result;
}

static __attribute__((noinline)) long use(long (*callback)(long), long number)
{
    if (callback == wrapper)
        return callback(number) + 1;
    return 0;
}

int main(void)
{
    wrapper(SYS_getpid);
    return use(wrapper, SYS_getppid) == 0;
}
