// build: -O1 -fexceptions
// A function is kept in a register for the code that cleans up after an exception, and passed on there.
#include <pthread.h>
#include <sys/syscall.h>

#define noinline __attribute__((noipa))

noinline static long wrapper(long number)
{
    __asm__ volatile("syscall" : "+a"(number) :: "rcx", "r11", "memory");
    return number;
}

noinline static void run(long (*function)(long)) { function(SYS_getppid); }

static inline __attribute__((always_inline)) void clean(long (**function)(long)) { run(*function); }

noinline static void leave(void) { pthread_exit(0); }

static void *start(void *nothing)
{
    long (*function)(long) __attribute__((cleanup(clean))) = wrapper;
    __asm__ volatile("" : "+r"(function));
    leave();
    return nothing;
}

int main(void)
{
    pthread_t thread;
    wrapper(SYS_getpid);
    pthread_create(&thread, 0, start, 0);
    return pthread_join(thread, 0);
}
