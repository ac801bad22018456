// build: -O2
// A case of a switch that a mask limits lies in the part of the function that is seldom executed.
#include <sys/syscall.h>

__attribute__((cold, noinline)) static void seldom(void) { __asm__ volatile(""); }
static volatile int x, o;

int main(int words, char **arguments)
{
    (void)arguments;
    for (int i = 0; i < 8; i++) {
        switch ((unsigned)(i + words) & 7) {
        case 0: o = 1; x += 5; break;
        case 1: o = 7; x ^= 4; break;
        case 2: x = o * 3; break;
        case 3: o = x << 2; break;
        case 4: o = x - 3; x = 9; break;
        case 5: {
            long number = SYS_getppid;
            seldom();
            __asm__ volatile("syscall" : "+a"(number) :: "rcx", "r11", "memory");
            break;
        }
        case 6: o = x * x; break;
        case 7: o = x | 99; break;
        }
    }
    return 0;
}
