// build: -no-pie
// A small program, built at a fixed address.
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(void)
{
    printf("%ld\n", syscall(SYS_getppid));
    return 0;
}
