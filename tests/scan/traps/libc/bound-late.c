// build: -Wl,-z,lazy
// Calls that are bound when they are made first.
#include <unistd.h>

int main(void) { return getppid() + getpgrp() == 0; }
