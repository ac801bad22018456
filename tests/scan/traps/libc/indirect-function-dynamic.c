// build: -pie -fPIE
// As `indirect-function`, by way of the loader.
#include "indirect-function.c"
