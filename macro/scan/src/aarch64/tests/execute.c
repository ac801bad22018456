// Executes instructions one by one and reports what each has changed.
//
// Standard input: cases of { word, 31 registers, stack pointer, flags }, each 8 bytes. Standard output:
// for each { signal, 31 registers, stack pointer, flags, program counter, number of changed bytes }, and
// for each changed byte { its offset in the data, its value }, all 8 bytes.
#define _GNU_SOURCE
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>

enum { DATA = 1 << 17, CODE = 1 << 23, MOST = 8192 };
struct test { uint64_t word, regs[31], sp, flags; };
struct result { uint64_t signal, regs[31], sp, flags, pc, changed; };

static uint64_t *const data = (void *)0x5000000000, *pristine;
static uint32_t *const code = (void *)0x4000000000;
static const struct test *volatile now;
static struct result result;
static ucontext_t saved;
static volatile int running;
static volatile uint64_t entry;

static void handle(int number, siginfo_t *info, void *raw) {
    mcontext_t *m = &((ucontext_t *)raw)->uc_mcontext;
    (void)info;
    if (!running) {
        if (number != SIGTRAP)
            _Exit(3);
        saved.uc_mcontext = *m;
        memcpy(m->regs, now->regs, sizeof now->regs);
        m->sp = now->sp;
        m->pstate = (m->pstate & ~0xf0000000ull) | now->flags;
        m->pc = entry;
        running = 1;
        return;
    }
    result.signal = number;
    memcpy(result.regs, m->regs, sizeof result.regs);
    result.sp = m->sp;
    result.flags = m->pstate & 0xf0000000;
    result.pc = m->pc;
    memcpy(m->regs, saved.uc_mcontext.regs, sizeof m->regs);
    m->sp = saved.uc_mcontext.sp;
    m->pstate = saved.uc_mcontext.pstate;
    m->pc = saved.uc_mcontext.pc + 4;
    running = 0;
}

static uint64_t mix(uint64_t z) {
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
}

int main(void) {
    const int numbers[] = {SIGTRAP, SIGILL, SIGSEGV, SIGBUS, SIGFPE};
    stack_t stack = {.ss_sp = malloc(1 << 16), .ss_size = 1 << 16};
    sigaltstack(&stack, NULL);
    for (unsigned i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        struct sigaction action = {.sa_sigaction = handle, .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER};
        sigaction(numbers[i], &action, NULL);
    }
    const int fixed = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE;
    if (mmap(data, DATA, PROT_READ | PROT_WRITE, fixed, -1, 0) != data ||
        mmap(code, CODE, PROT_READ | PROT_WRITE | PROT_EXEC, fixed, -1, 0) != code)
        return 2;
    pristine = malloc(DATA);
    for (uint64_t i = 0; i < DATA / 8; i++)
    {
        uint64_t value = mix(i);
        if (value >> 63)
            value = (uint64_t)data + DATA / 2 + (value & 0xff0);
        data[i] = pristine[i] = value;
    }

    size_t room = 1 << 12, count = 0;
    struct test *tests = malloc(room * sizeof *tests);
    while (fread(&tests[count], sizeof *tests, 1, stdin) == 1)
        if (++count == room)
            tests = realloc(tests, (room *= 2) * sizeof *tests);
    if (count * 8 > CODE)
        return 4;
    for (size_t i = 0; i < count; i++) {
        code[2 * i] = tests[i].word;
        code[2 * i + 1] = 0xd4200000;
    }
    __builtin___clear_cache((char *)code, (char *)code + CODE);
    for (size_t i = 0; i < count; i++) {
        now = &tests[i];
        entry = (uint64_t)&code[2 * i];
        __asm__ volatile("brk #1" ::: "memory", "v0", "v1", "v2", "v3", "v4", "v5", "v6", "v7", "v8", "v9",
                         "v10", "v11", "v12", "v13", "v14", "v15", "v16", "v17", "v18", "v19", "v20", "v21",
                         "v22", "v23", "v24", "v25", "v26", "v27", "v28", "v29", "v30", "v31");
        static uint64_t changes[MOST][2];
        uint64_t changed = 0;
        for (size_t k = 0; k < DATA / 8; k++) {
            if (data[k] == pristine[k])
                continue;
            for (size_t b = 8 * k; b < 8 * k + 8; b++)
                if (((uint8_t *)data)[b] != ((uint8_t *)pristine)[b] && changed < MOST) {
                    changes[changed][0] = b;
                    changes[changed++][1] = ((uint8_t *)data)[b];
                }
            data[k] = pristine[k];
        }
        result.changed = changed;
        fwrite(&result, sizeof result, 1, stdout);
        fwrite(changes, sizeof *changes, changed, stdout);
    }
    return 0;
}
