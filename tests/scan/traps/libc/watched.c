// build: -Wl,--audit,libtrap.so
// The program has the loader load a library that watches it.
#include <unistd.h>

int main(void) { return getppid() == 0; }
