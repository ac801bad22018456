// build: -O2
// Functions that only a section has, which is read from its start to its end.
#include <sys/syscall.h>

static void raw(long number)
{
    __asm__ volatile("syscall" : "+a"(number) :: "rcx", "r11", "memory");
}

typedef void (*function)(void);
#define IN_SET __attribute__((used, section("trap_set"))) static const function

static void first(void) { raw(SYS_getppid); }
static void second(void) { raw(SYS_getpgrp); }
static void third(void) { raw(SYS_sched_yield); }
IN_SET first_entry = first;
IN_SET second_entry = second;
IN_SET third_entry = third;

extern const function __start_trap_set[], __stop_trap_set[];

int main(void)
{
    for (const function *entry = __start_trap_set; entry < __stop_trap_set; entry++)
        (*entry)();
    return 0;
}
