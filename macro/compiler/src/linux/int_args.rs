//! The arguments of which the kernel uses 32 bits although their register has 64.
//!
//! They are the arguments of type `int`, `unsigned int` or an alias of these, from the prototypes in
//! `include/linux/syscalls.h` of Linux 7.3, which each SYSCALL_DEFINE must match, and for two calls
//! from `arch/x86/kernel`. The wrapper of SYSCALL_DEFINE drops the high half, but a filter sees it.

/// Calls by name, and their `int` arguments as bits; the lowest bit is the first argument.
#[rustfmt::skip]
const INTS: [(&str, u8); 286] = [
    ("accept", 0b000001), ("accept4", 0b001001), ("access", 0b000010), ("add_key", 0b010000),
    ("alarm", 0b000001), ("arch_prctl", 0b000001), ("bind", 0b000101), ("bpf", 0b010101),
    ("cachestat", 0b001001), ("chown", 0b000110), ("clock_adjtime", 0b000001),
    ("clock_getres", 0b000001), ("clock_gettime", 0b000001), ("clock_nanosleep", 0b000011),
    ("clock_settime", 0b000001), ("close", 0b000001), ("close_range", 0b000111),
    ("connect", 0b000101), ("copy_file_range", 0b100101), ("delete_module", 0b000010),
    ("dup", 0b000001), ("dup2", 0b000011), ("dup3", 0b000111), ("epoll_create", 0b000001),
    ("epoll_create1", 0b000001), ("epoll_ctl", 0b000111), ("epoll_pwait", 0b001101),
    ("epoll_pwait2", 0b000101), ("epoll_wait", 0b001101), ("eventfd", 0b000001),
    ("eventfd2", 0b000011), ("execveat", 0b010001), ("exit", 0b000001), ("exit_group", 0b000001),
    ("faccessat", 0b000101), ("faccessat2", 0b001101), ("fadvise64", 0b001001),
    ("fadvise64_64", 0b001001), ("fallocate", 0b000011), ("fanotify_init", 0b000011),
    ("fanotify_mark", 0b001011), ("fchdir", 0b000001), ("fchmod", 0b000001),
    ("fchmodat", 0b000001), ("fchmodat2", 0b001001), ("fchown", 0b000111), ("fchownat", 0b011101),
    ("fchroot", 0b000011), ("fcntl", 0b000011), ("fcntl64", 0b000011), ("fdatasync", 0b000001),
    ("fgetxattr", 0b000001), ("file_getattr", 0b010001), ("file_setattr", 0b010001),
    ("finit_module", 0b000101), ("flistxattr", 0b000001), ("flock", 0b000011),
    ("fremovexattr", 0b000001), ("fsconfig", 0b010011), ("fsetxattr", 0b010001),
    ("fsmount", 0b000111), ("fsopen", 0b000010), ("fspick", 0b000101), ("fstat", 0b000001),
    ("fstatat64", 0b001001), ("fstatfs", 0b000001), ("fstatfs64", 0b000001), ("fsync", 0b000001),
    ("ftruncate", 0b000001), ("ftruncate64", 0b000001), ("futex", 0b100110),
    ("futex_requeue", 0b001110), ("futex_wait", 0b101000), ("futex_waitv", 0b010110),
    ("futex_wake", 0b001100), ("futimesat", 0b000001), ("get_robust_list", 0b000001),
    ("getdents", 0b000101), ("getdents64", 0b000101), ("getgroups", 0b000001),
    ("getitimer", 0b000001), ("getpeername", 0b000001), ("getpgid", 0b000001),
    ("getpriority", 0b000011), ("getrandom", 0b000100), ("getrlimit", 0b000001),
    ("getrusage", 0b000001), ("getsid", 0b000001), ("getsockname", 0b000001),
    ("getsockopt", 0b000111), ("getxattrat", 0b000101), ("inotify_add_watch", 0b000101),
    ("inotify_init1", 0b000001), ("inotify_rm_watch", 0b000011), ("io_setup", 0b000001),
    ("io_uring_enter", 0b001111), ("io_uring_register", 0b001011), ("io_uring_setup", 0b000001),
    ("ioctl", 0b000011), ("ioperm", 0b000100), ("ioprio_get", 0b000011), ("ioprio_set", 0b000111),
    ("ipc", 0b000011), ("kcmp", 0b000111), ("kexec_file_load", 0b000011), ("keyctl", 0b000001),
    ("kill", 0b000011), ("landlock_add_rule", 0b001011), ("landlock_create_ruleset", 0b000100),
    ("landlock_restrict_self", 0b000011), ("lchown", 0b000110), ("linkat", 0b010101),
    ("listen", 0b000011), ("listmount", 0b001000), ("listns", 0b001000),
    ("listxattrat", 0b000101), ("lseek", 0b000101), ("lsetxattr", 0b010000),
    ("lsm_get_self_attr", 0b001001), ("lsm_list_modules", 0b000100),
    ("lsm_set_self_attr", 0b001101), ("madvise", 0b000100), ("map_shadow_stack", 0b000100),
    ("mbind", 0b100000), ("membarrier", 0b000111), ("memfd_create", 0b000010),
    ("memfd_secret", 0b000001), ("migrate_pages", 0b000001), ("mkdirat", 0b000001),
    ("mknod", 0b000100), ("mknodat", 0b001001), ("mlock2", 0b000100), ("mlockall", 0b000001),
    ("modify_ldt", 0b000001), ("mount_setattr", 0b000101), ("move_mount", 0b010101),
    ("move_pages", 0b100001), ("mq_getsetattr", 0b000001), ("mq_notify", 0b000001),
    ("mq_open", 0b000010), ("mq_timedreceive", 0b000001), ("mq_timedsend", 0b001001),
    ("msgctl", 0b000011), ("msgget", 0b000011), ("msgrcv", 0b010001), ("msgsnd", 0b001001),
    ("msync", 0b000100), ("name_to_handle_at", 0b010001), ("newfstatat", 0b001001),
    ("nice", 0b000001), ("open", 0b000010), ("open_by_handle_at", 0b000101),
    ("open_tree", 0b000101), ("open_tree_attr", 0b000101), ("openat", 0b000101),
    ("openat2", 0b000001), ("perf_event_open", 0b001110), ("personality", 0b000001),
    ("pidfd_getfd", 0b000111), ("pidfd_open", 0b000011), ("pidfd_send_signal", 0b001011),
    ("pipe2", 0b000010), ("pkey_free", 0b000001), ("pkey_mprotect", 0b001000), ("poll", 0b000110),
    ("ppoll", 0b000010), ("prctl", 0b000001), ("pread64", 0b000001), ("preadv2", 0b100000),
    ("prlimit64", 0b000011), ("process_madvise", 0b011001), ("process_mrelease", 0b000011),
    ("process_vm_readv", 0b000001), ("process_vm_writev", 0b000001), ("pselect6", 0b000001),
    ("pwrite64", 0b000001), ("pwritev2", 0b100000), ("quotactl", 0b000101),
    ("quotactl_fd", 0b000111), ("read", 0b000001), ("readahead", 0b000001),
    ("readlink", 0b000100), ("readlinkat", 0b001001), ("reboot", 0b000111), ("recv", 0b001001),
    ("recvfrom", 0b001001), ("recvmmsg", 0b001101), ("recvmsg", 0b000101),
    ("removexattrat", 0b000101), ("renameat", 0b000101), ("renameat2", 0b010101),
    ("request_key", 0b001000), ("rseq", 0b001110), ("rt_sigaction", 0b000001),
    ("rt_sigprocmask", 0b000001), ("rt_sigqueueinfo", 0b000011), ("rt_tgsigqueueinfo", 0b000111),
    ("sched_get_priority_max", 0b000001), ("sched_get_priority_min", 0b000001),
    ("sched_getaffinity", 0b000011), ("sched_getattr", 0b001101), ("sched_getparam", 0b000001),
    ("sched_getscheduler", 0b000001), ("sched_rr_get_interval", 0b000001),
    ("sched_setaffinity", 0b000011), ("sched_setattr", 0b000101), ("sched_setparam", 0b000001),
    ("sched_setscheduler", 0b000011), ("seccomp", 0b000011), ("select", 0b000001),
    ("semctl", 0b000111), ("semget", 0b000111), ("semop", 0b000101), ("semtimedop", 0b000101),
    ("send", 0b001001), ("sendfile", 0b000011), ("sendfile64", 0b000011), ("sendmmsg", 0b001101),
    ("sendmsg", 0b000101), ("sendto", 0b101001), ("set_mempolicy", 0b000001),
    ("setdomainname", 0b000010), ("setfsgid", 0b000001), ("setfsuid", 0b000001),
    ("setgid", 0b000001), ("setgroups", 0b000001), ("sethostname", 0b000010),
    ("setitimer", 0b000001), ("setns", 0b000011), ("setpgid", 0b000011),
    ("setpriority", 0b000111), ("setregid", 0b000011), ("setresgid", 0b000111),
    ("setresuid", 0b000111), ("setreuid", 0b000011), ("setrlimit", 0b000001),
    ("setsockopt", 0b010111), ("setuid", 0b000001), ("setxattr", 0b010000),
    ("setxattrat", 0b000101), ("shmat", 0b000101), ("shmctl", 0b000011), ("shmget", 0b000101),
    ("shutdown", 0b000011), ("sigaction", 0b000001), ("signalfd", 0b000001),
    ("signalfd4", 0b001001), ("sigprocmask", 0b000001), ("socket", 0b000111),
    ("socketcall", 0b000001), ("socketpair", 0b000111), ("splice", 0b100101),
    ("spu_create", 0b001010), ("spu_run", 0b000001), ("ssetmask", 0b000001),
    ("statmount", 0b001000), ("statx", 0b001101), ("swapon", 0b000010), ("symlinkat", 0b000010),
    ("sync_file_range", 0b001001), ("sync_file_range2", 0b000011), ("syncfs", 0b000001),
    ("sysfs", 0b000001), ("syslog", 0b000101), ("tee", 0b001011), ("tgkill", 0b000111),
    ("timer_create", 0b000001), ("timer_delete", 0b000001), ("timer_getoverrun", 0b000001),
    ("timer_gettime", 0b000001), ("timer_settime", 0b000011), ("timerfd_create", 0b000011),
    ("timerfd_gettime", 0b000001), ("timerfd_settime", 0b000011), ("tkill", 0b000011),
    ("umask", 0b000001), ("umount2", 0b000010), ("unlinkat", 0b000101), ("userfaultfd", 0b000001),
    ("ustat", 0b000001), ("utimensat", 0b001001), ("vmsplice", 0b001001), ("wait4", 0b000101),
    ("waitid", 0b001011), ("waitpid", 0b000101), ("write", 0b000001),
];

/// Returns whether the kernel uses only the low 32 bits of an argument.
pub(crate) fn is_int(call: &str, arg: u8) -> bool {
    let at = INTS.binary_search_by(|(name, _)| name.cmp(&call));
    at.is_ok_and(|at| INTS[at].1 >> arg & 1 == 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_and_names_calls() {
        assert!(INTS.windows(2).all(|pair| pair[0].0 < pair[1].0));
        assert!(
            INTS.iter()
                .all(|(name, _)| crate::linux::syscalls::is_known(name))
        );
    }

    #[test]
    fn some_arguments_are_ints() {
        let ints = |call| (0..6).filter(|arg| is_int(call, *arg)).collect::<Vec<u8>>();
        assert_eq!(ints("socket"), [0, 1, 2]);
        assert_eq!(ints("ioctl"), [0, 1]);
        assert_eq!(ints("openat"), [0, 2]);
        assert!(ints("clone").is_empty(), "its flags are a long");
        assert!(ints("ptrace").is_empty());
        assert_eq!(ints("personality"), [0]);
    }
}
