// build:
// A function of a scanned library that is looked up by its name.
#include <dlfcn.h>
#include <stdio.h>

int main(int count, char **words)
{
    char name[32];
    snprintf(name, sizeof name, "get%s", count > 1 ? words[1] : "pgrp");
    int (*function)(void) = (int (*)(void))dlsym(RTLD_DEFAULT, name);
    return function && function() == 0;
}
