// build:
// The C library's `syscall`, called directly and by way of a pointer.
#include <sys/syscall.h>
#include <unistd.h>

static long (*volatile pointer)(long, ...) = syscall;

int main(void) { return syscall(SYS_getppid) + pointer(SYS_gettid) == 0; }
