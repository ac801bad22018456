// build:
// The C library calls the program's function in place of its own.
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>

static char memory[1 << 20];
static size_t used;

void *malloc(size_t size)
{
    long result;
    __asm__ volatile("syscall" : "=a"(result) : "a"(SYS_getppid) : "rcx", "r11", "memory");
    used = (used + size + 63) & ~63ul;
    return memory + used - ((size + 63) & ~63ul);
}
void free(void *place) { (void)place; }
void *calloc(size_t a, size_t b) { return malloc(a * b); }
void *realloc(void *place, size_t size) { return place ? 0 : malloc(size); }

int main(void) { return fopen("/dev/null", "r") == 0; }
