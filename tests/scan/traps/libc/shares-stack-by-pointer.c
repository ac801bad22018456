// build:
// It is not known whether `fork` or `vfork` is called.
#include <sys/syscall.h>
#include <unistd.h>

static __attribute__((noinline)) long use(int words)
{
    volatile long number = SYS_getpid;
    if ((words > 5 ? fork : vfork)() == 0) {
        number = SYS_getppid;
        _exit(0);
    }
    return syscall(number);
}

int main(int words, char **all)
{
    (void)all;
    return use(words) == 0;
}
