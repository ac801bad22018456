// build: -static
// A small program, built without libraries.
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(void)
{
    printf("%ld\n", syscall(SYS_getppid));
    return 0;
}
