// build: -L. -Wl,-rpath,$ORIGIN -ltrap
// A library keeps the address of a function that it exports, and calls it through that.
#include <sys/syscall.h>

void keep(void);
void call_kept(long number);

int main(void)
{
    keep();
    call_kept(SYS_getppid);
    return 0;
}
