// build: -L. -Wl,-rpath,$ORIGIN/nowhere -ltrap
// A library that is not found.
int exported(void);

int main(void) { return exported() == 0; }
