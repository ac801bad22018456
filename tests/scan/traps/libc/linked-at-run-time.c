// build:
// A library that is chosen by a name at run time, and a function of it.
#include <dlfcn.h>
#include <stdio.h>

int main(int count, char **words)
{
    char name[32];
    snprintf(name, sizeof name, "lib%s.so.%d", count > 1 ? words[1] : "resolv", 2);
    void *library = dlopen(name, RTLD_NOW);
    void *function = library ? dlsym(library, "ns_get16") : 0;
    return function == 0;
}
