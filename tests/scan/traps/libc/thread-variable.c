// build: -static
// The number is in a variable of the thread.
#include <sys/syscall.h>

static __thread volatile long number = SYS_getpid;

int main(int count, char **words)
{
    (void)words;
    number = count > 1 ? SYS_gettid : SYS_getppid;
    long raw = number;
    __asm__ volatile("syscall" : "+a"(raw) :: "rcx", "r11", "memory");
    return 0;
}
