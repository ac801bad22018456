// build:
// After `vfork`, which is called by way of the table of imports, the child changes the number.
#include <sys/syscall.h>
#include <unistd.h>

int main(void)
{
    volatile long number = SYS_getpid;
    if (vfork() == 0) {
        number = SYS_getppid;
        _exit(0);
    }
    return syscall(number) == 0;
}
