// The library of `library.c`.
#include <sys/syscall.h>

static long raw(long number)
{
    __asm__ volatile("syscall" : "+a"(number) :: "rcx", "r11", "memory");
    return number;
}

__attribute__((constructor)) static void constructor(void) { raw(SYS_getpgrp); }
static int chosen(void) { return raw(SYS_getppid); }
static void *resolve(void) { return (void *)chosen; }
int work(void) __attribute__((ifunc("resolve")));
int exported(void) { return work(); }
int unused(void) { return raw(SYS_sched_yield); }

// Of `copied-methods.c`.
static void first(void) { raw(SYS_gettid); }
static void second(void) { raw(SYS_getpgid); }
struct {
    void (*first)(void);
    void (*second)(void);
} methods = {first, second};

// Of `own-function-of-library.c`, `number-of-library.c` and `text-of-library.c`.
void wrapper(long number) { raw(number); }
static void (*kept)(long);
void keep(void) { kept = wrapper; }
void call_kept(long number) { kept(number); }
static long number = SYS_getppid, numbers[2] = {SYS_getpid, SYS_getppid};
void set_library_number(long value) { number = value; }
long library_number(void) { return number; }
const long *library_numbers(void) { return numbers; }
const char *library_version(void) { return "7.1"; }

// Of `methods-of-thread.c` and `protected.c`.
static long parent(void) { return raw(SYS_getppid); }
static const struct {
    long (*first)(void);
    long (*second)(void);
} of_thread = {parent, parent};
static __thread const typeof(of_thread) *current = &of_thread;
void set_current(const void *methods) { current = methods; }
long by_thread(void) { return current->first(); }
__attribute__((visibility("protected"))) long hooked(void) { return raw(SYS_getppid); }
long (*hook)(void) = hooked;
long by_pointer(void) { return hook(); }

// Of `behind-start.c`: five bytes set the number.
__asm__(".globl with_number\n"
        ".type with_number, @function\n"
        "with_number: mov $39, %eax\n"
        "syscall\n"
        "ret\n"
        ".size with_number, . - with_number\n");
