// build:
// A pointer to a function that each thread starts with.
#include <sys/syscall.h>

static void work(void)
{
    long number = SYS_getppid;
    __asm__ volatile("syscall" : "+a"(number) :: "rcx", "r11", "memory");
}

static __thread void (*volatile function)(void) = work;

int main(void)
{
    function();
    return 0;
}
