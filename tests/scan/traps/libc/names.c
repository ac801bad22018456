// build:
// Users are looked up by modules that a file of the machine names.
#include <pwd.h>

int main(void) { return getpwnam("root") == 0; }
