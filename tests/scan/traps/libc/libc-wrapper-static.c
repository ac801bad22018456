// build: -static
// As `libc-wrapper`, in one file.
#include "libc-wrapper.c"
