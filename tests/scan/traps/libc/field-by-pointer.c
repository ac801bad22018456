// build: -O2 -s
// Without symbols: a field is read by its address, and written by that of its structure.
#include <sys/syscall.h>

static struct {
    long first;
    long number;
} fields = {1, SYS_gettid};

__attribute__((noipa)) static void set(long *first) { first[1] = SYS_getppid; }

int main(void)
{
    set(&fields.first);
    long number = fields.number;
    __asm__ volatile("syscall" : "+a"(number) :: "rcx", "r11", "memory");
    return 0;
}
