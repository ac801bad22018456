// build: -rdynamic -L. -Wl,-rpath,$ORIGIN -ltrap
// The program has a function of the same name as a library, which yet calls its own.
#include <sys/syscall.h>
#include <unistd.h>

long by_pointer(void);
long hooked(void) { return syscall(SYS_getuid); }

int main(void) { return hooked() + by_pointer() < 0; }
