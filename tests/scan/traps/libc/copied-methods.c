// build: -L. -Wl,-rpath,$ORIGIN -ltrap
// Pointers to functions of a library that the loader copies to the program.
struct methods {
    void (*first)(void);
    void (*second)(void);
};
extern struct methods methods;

int main(void)
{
    methods.first();
    methods.second();
    return 0;
}
