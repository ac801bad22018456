// build: -static -Wl,--no-warnings
// As `names`: even a static program loads modules.
#include "names.c"
