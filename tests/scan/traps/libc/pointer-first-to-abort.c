// build: -O1
// A pointer in data has at first a function of a library that does not return.
#include <stdlib.h>
#include <sys/syscall.h>

void (*fail)(void) = abort;

static void nothing(void) {}

__attribute__((noipa)) static void prepare(void) { fail = nothing; }

int main(void)
{
    prepare();
    fail();
    long number = SYS_getppid;
    __asm__ volatile("syscall" : "+a"(number) :: "rcx", "r11", "memory");
    return 0;
}
