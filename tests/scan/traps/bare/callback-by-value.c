#include "start.h"

// A structure with a callback is passed by value.
struct task {
    long (*callback)(long);
    long more[6];
};

noinline static long wrapper(long number)
{
    return call(number, 0, 0, 0);
}

noinline static long run(struct task task, long plus)
{
    return task.callback(__NR_getppid) + plus;
}

noinline static long use(long (*callback)(long), long words)
{
    struct task task = {.callback = callback};
    for (int i = 0; i < 6; i++)
        task.more[i] = words;
    return run(task, words) + 1;
}

long program(long words)
{
    wrapper(__NR_getpid);
    return use(wrapper, words);
}
