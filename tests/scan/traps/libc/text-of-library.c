// build: -fno-plt -L. -Wl,-rpath,$ORIGIN -ltrap
// What is done depends on a text of the library; here, something else has that address.
#include <sys/syscall.h>
#include <unistd.h>

const char *library_version(void);

int main(void)
{
    if (library_version()[0] != '7')
        return 1;
    return syscall(SYS_getppid) == 0;
}
