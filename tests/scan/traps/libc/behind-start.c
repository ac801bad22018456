// build: -L. -Wl,-rpath,$ORIGIN -ltrap
// A constant table has the address of a place behind the start of a function of a library.
#include <sys/syscall.h>

__asm__(".pushsection .data.rel.ro, \"aw\"\n"
        ".balign 8\n"
        "table: .quad with_number + 5\n"
        ".popsection\n");

int main(void)
{
    long result = SYS_getppid;
    __asm__ volatile("call *table(%%rip)" : "+a"(result) :: "rcx", "r11", "memory");
    return result < 0;
}
