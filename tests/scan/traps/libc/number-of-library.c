// build: -fno-plt -L. -Wl,-rpath,$ORIGIN -ltrap
// The result of a function is a number in a variable of the library; here, something else has that
// address.
#include <sys/syscall.h>

long library_number(void);
const long *library_numbers(void);

volatile long here[512] = {[0 ... 511] = SYS_getpid};

static long raw(long number)
{
    __asm__ volatile("syscall" : "+a"(number) :: "rcx", "r11", "memory");
    return number;
}

int main(void)
{
    raw(here[2]);
    raw(library_number());
    return raw(library_numbers()[1]) < 0;
}
