// build:
// As `clocks`, by way of the loader.
#include "clocks.c"
