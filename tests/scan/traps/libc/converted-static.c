// build: -static -s
// A static program without symbols loads modules, which only texts tell of.
#include <iconv.h>

int main(void) {
    return iconv_open("UTF-16", "KOI8-R") == 0;
}
