// build: -fno-plt
// Calls by way of the table that the loader fills.
#include <unistd.h>

int main(void) { return getppid() + getpgrp() == 0; }
