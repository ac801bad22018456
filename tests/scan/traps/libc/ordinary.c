// build:
// A small program, built as the compiler does it by itself.
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(void)
{
    printf("%ld\n", syscall(SYS_getppid));
    return 0;
}
