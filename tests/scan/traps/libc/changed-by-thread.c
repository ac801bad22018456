// build: -pthread
// What is waited for on the stack is changed by another thread.
#include <pthread.h>
#include <stdatomic.h>
#include <sys/syscall.h>
#include <unistd.h>

static void *other(void *turn)
{
    while (atomic_load((atomic_int *)turn) != 1)
        ;
    atomic_store((atomic_int *)turn, 0);
    return 0;
}

int main(void)
{
    atomic_int turn = 0;
    pthread_t thread;
    pthread_create(&thread, 0, other, &turn);
    atomic_store(&turn, 1);
    while (atomic_load(&turn) != 0)
        ;
    syscall(SYS_getppid);
    return pthread_join(thread, 0);
}
