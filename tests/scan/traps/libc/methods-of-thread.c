// build: -L. -Wl,-rpath,$ORIGIN -ltrap
// A variable of each thread of a library leads to a table of its functions.
long by_thread(void);

int main(void) { return by_thread() == 0; }
