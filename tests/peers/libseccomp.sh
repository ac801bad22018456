# Sourced: `linkable` says whether a program can be linked with libseccomp; `install_libseccomp`
# sees to it where it can, as root on Debian and its kin.

linkable() {
    echo 'int main(void) { return 0; }' | "${CC:-cc}" -x c - -lseccomp -o /dev/null 2>/dev/null
}

install_libseccomp() {
    linkable && return
    command -v apt-get >/dev/null && [ "$(id -u)" = 0 ] || return
    { apt-get install -y libseccomp-dev || { apt-get update && apt-get install -y libseccomp-dev; }; } >&2 ||
        return
    linkable
}
