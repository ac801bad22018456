// build: -fno-pic -mcmodel=large -pie -Wl,-z,notext,--no-warnings
// The loader writes addresses into instructions.
#include <unistd.h>

static __attribute__((noinline)) int parent(void) { return getppid(); }

int main(void) { return parent() == 0; }
