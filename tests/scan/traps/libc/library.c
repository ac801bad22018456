// build: -L. -Wl,-rpath,$ORIGIN -ltrap
// A library beside the program: its constructor, a function of it, and one that it chooses itself.
int exported(void);

int main(void) { return exported() == 0; }
