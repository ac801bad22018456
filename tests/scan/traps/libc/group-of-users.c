// build: -static
// The C library makes all threads change their user, by a signal and a number in memory.
#include <pthread.h>
#include <unistd.h>

static void *thread(void *unused) { pause(); return unused; }

int main(void)
{
    pthread_t id;
    pthread_create(&id, 0, thread, 0);
    return setuid(getuid());
}
