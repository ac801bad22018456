// build: -rdynamic
// A number is changed through an address that was looked up by name.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <sys/syscall.h>
#include <unistd.h>

int chosen_number = SYS_getpid;

static __attribute__((noinline)) long run(void) { return syscall(chosen_number); }

int main(void)
{
    int *number = dlsym(RTLD_DEFAULT, "chosen_number");
    if (number)
        *number = SYS_getppid;
    return run() == 0;
}
