use seccomp_profile::syscall;

fn main() {
    let _ = syscall!(read, 0, 0, 0, 0, 0, 0, 0);
    let _ = syscall!(read, "text");
}
