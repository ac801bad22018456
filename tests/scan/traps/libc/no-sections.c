// build: -static -O2 -s
// A file without a table of sections; `run` removes it.
#include <stdio.h>
#include <unistd.h>

int main(void) { return printf("%d\n", getppid()) < 0; }
