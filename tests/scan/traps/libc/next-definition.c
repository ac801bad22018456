// build: -rdynamic
// A function that stands in for one of the C library calls that one: the next by its name.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <unistd.h>

pid_t getpgrp(void)
{
    pid_t (*next)(void) = (pid_t(*)(void))dlsym(RTLD_NEXT, "getpgrp");
    return next ? next() : 0;
}

int main(void) { return getpgrp() < 0; }
