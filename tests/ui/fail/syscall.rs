use seccomp_profile::syscall;

fn main() {
    let _ = syscall!(opnat, -100);
    let _ = syscall!(cacheflush);
    let _ = syscall!();
    let _ = syscall!("read");
}
