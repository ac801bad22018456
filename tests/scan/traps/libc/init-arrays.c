// build: -static
// Functions that only the arrays of the file name: before the constructors, constructors, destructors.
#include <sys/syscall.h>
#include <unistd.h>

static void before(void) { __asm__ volatile("syscall" :: "a"(SYS_getppid) : "rcx", "r11", "memory"); }
static void constructor(void) { __asm__ volatile("syscall" :: "a"(SYS_getpgrp) : "rcx", "r11", "memory"); }
static void destructor(void) { __asm__ volatile("syscall" :: "a"(SYS_sched_yield) : "rcx", "r11", "memory"); }

__attribute__((section(".preinit_array"), used)) static void (*a)(void) = before;
__attribute__((section(".init_array"), used)) static void (*b)(void) = constructor;
__attribute__((section(".fini_array"), used)) static void (*c)(void) = destructor;

int main(void) { return 0; }
