// build: -static
// A sleep is stopped and goes on: the kernel puts `restart_syscall` where the number was.
#include <signal.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

int main(void)
{
    struct timespec nap = {0, 300000000}, short_nap = {0, 50000000};
    pid_t parent = getpid();
    if (fork() == 0) {
        nanosleep(&short_nap, 0);
        kill(parent, SIGSTOP);
        nanosleep(&short_nap, 0);
        kill(parent, SIGCONT);
        _exit(0);
    }
    nanosleep(&nap, 0);
    return wait(0) < 0;
}
