// build: -O2 -fexceptions -fnon-call-exceptions -fasynchronous-unwind-tables
// What a signal's handler raises in a load leads to the same place as what a call raises.
#include <pthread.h>
#include <signal.h>
#include <sys/syscall.h>

#define noinline __attribute__((noipa))

static inline __attribute__((always_inline)) void clean(volatile long *number)
{
    long result = *number;
    __asm__ volatile("syscall" : "+a"(result) :: "rcx", "r11", "memory");
}

noinline static void nothing(void) {}

static void handle(int number) { pthread_exit(0); }

static void *start(void *place)
{
    volatile long number __attribute__((cleanup(clean))) = SYS_getpid;
    nothing();
    number = SYS_getppid;
    *(volatile int *)place = 0;
    number = SYS_getpid;
    return place;
}

int main(void)
{
    pthread_t thread;
    signal(SIGSEGV, handle);
    pthread_create(&thread, 0, start, 0);
    return pthread_join(thread, 0);
}
