// build:
// Functions that only the C library calls: one that compares, one at the end, one in a thread.
#include <pthread.h>
#include <stdlib.h>
#include <sys/syscall.h>

static long raw(long number)
{
    __asm__ volatile("syscall" : "+a"(number) :: "rcx", "r11", "memory");
    return number;
}

static int compare(const void *a, const void *b) { return raw(SYS_getppid) + (a < b); }
static void at_end(void) { raw(SYS_getpgrp); }
static void *thread(void *unused) { return (void *)(raw(SYS_sched_yield) + (unused != 0)); }

int main(void)
{
    int numbers[] = {3, 1, 2};
    pthread_t id;
    qsort(numbers, 3, sizeof *numbers, compare);
    atexit(at_end);
    pthread_create(&id, 0, thread, 0);
    return pthread_join(id, 0);
}
