// build: -static-pie
// A small program, built without libraries, at any address.
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(void)
{
    printf("%ld\n", syscall(SYS_getppid));
    return 0;
}
