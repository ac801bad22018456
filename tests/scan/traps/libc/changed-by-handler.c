// build:
// What is waited for on the stack is changed by the handler of a signal.
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

static volatile int *volatile place;

static void handle(int signal)
{
    if (place)
        *place = signal;
}

int main(void)
{
    signal(SIGALRM, handle);
    ualarm(50000, 50000);
    volatile int done = 0;
    place = &done;
    while (!done)
        ;
    return syscall(SYS_getppid) == 0;
}
