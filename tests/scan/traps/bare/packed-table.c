#include "start.h"

// Pointers to functions that are not aligned.
noinline static void one(void)
{
    call(__NR_getpid, 0, 0, 0);
}

noinline static void other(void)
{
    call(__NR_getppid, 0, 0, 0);
}

struct __attribute__((packed)) command {
    char letter;
    void (*run)(void);
};

static struct command commands[] = {{'a', one}, {'b', other}, {0, 0}};

noinline static void dispatch(char letter)
{
    for (struct command *command = commands; command->run; command++)
        if (command->letter == letter)
            return command->run();
}

long program(long words)
{
    commands[0].letter = 'a';
    dispatch('a' + words);
    return 0;
}
