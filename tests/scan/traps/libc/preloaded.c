// build:
// Any dynamic program runs other libraries if its environment says so.
int main(void) { return 0; }
