//! Lines of traces, with what must be read from them.

use super::*;

fn all(lines: &[&str]) -> Vec<Traced> {
    let mut tracer = Tracer::new(Abi::X86_64);
    let mut calls = Vec::new();
    for line in lines {
        let read = tracer.read(line).unwrap_or_else(|| panic!("{line}"));
        assert_eq!(read.problem, None);
        calls.extend(read.calls);
    }
    calls.extend(tracer.end());
    calls
}

fn one(line: &str) -> Traced {
    let mut calls = all(&[line]);
    assert_eq!(calls.len(), 1, "{line}");
    calls.remove(0)
}

#[test]
fn what_options_put_before_a_call_is_skipped() {
    for (line, pid) in [
        ("close(3) = 0", 0),
        ("close(3</etc/passwd>)                 = 0", 0),
        ("[pid  77] close(3) = 0", 77),
        ("[pid  77<sh>] close(3) = 0", 77),
        ("77 close(3) = 0", 77),
        ("77    close(3) = 0", 77),
        ("77<sh> close(3) = 0", 77),
        (
            "77 23:05:22.352169 [00007fc117837ad7] close(3) = -1 EBADF (Bad file descriptor)",
            77,
        ),
        ("23:05:22 close(3) = 0", 0),
        ("1795993027.248123 close(3) = 0", 0),
        ("     0.000093 close(3) = 0", 0),
        ("77      0.000093 close(3) = 0", 77),
        ("[   3] close(3) = 0", 0),
        ("[????????????????] close(3) = ?", 0),
    ] {
        let call = one(line);
        assert_eq!(
            (call.pid, call.nr, call.args[0]),
            (pid, 3, Some(3)),
            "{line}"
        );
    }
}

#[test]
fn other_lines_are_not_taken() {
    for line in [
        "",
        "[   12.345678] close(3) = 0",
        "closed(3) = 0",
        "close(3)",
        "close(3",
        "close(3) == 0",
        "some program says close(3) = 0",
        "<... close resumed",
    ] {
        assert!(Tracer::new(Abi::X86_64).read(line).is_none(), "{line}");
    }
}

#[test]
fn values_of_arguments_are_read() {
    let args = |line| one(line).args;
    let openat = args(r#"openat(AT_FDCWD, "/a, \") = 3", O_RDWR|O_CLOEXEC) = 3"#);
    assert_eq!(
        openat[..4],
        [Some(-100_i64 as u64), None, Some(0o2000002), None]
    );
    let socket = args("socket(AF_UNIX, SOCK_STREAM|SOCK_NONBLOCK|0x10, 0) = 3");
    assert_eq!(socket[..3], [Some(1), Some(0o4021), Some(0)]);
    let clone = args("clone(child_stack=NULL, flags=CLONE_VM|SIGCHLD, child_tidptr=0x7) = 9");
    assert_eq!(clone[..2], [Some(0x111), None]);
    let mmap = args("mmap(NULL, 8192, PROT_READ|PROT_WRITE, MAP_PRIVATE, -1, 0) = 0x7f0");
    assert_eq!(mmap[4], Some(u64::MAX));
    let exec = args(r#"execve("/a", ["a", "b)"], 0x7ffe /* 35 vars) */) = 0"#);
    assert_eq!(exec[..3], [None, None, Some(0x7ffe)]);
    assert_eq!(one("syscall_0x1c5(0x1, 0) = -1 ENOSYS").nr, 0x1c5);
}

#[test]
fn interrupted_calls_are_put_together() {
    let calls = all(&[
        "[pid 1] socket(AF_INET,  <unfinished ...>",
        "[pid 2] close(3) = 0",
        "[pid 1] <... socket resumed>SOCK_STREAM, 0) = 7",
        "[pid 1] clone(child_stack=NULL, flags=SIGCHLDstrace: Process 3 attached",
        " <unfinished ...>",
    ][..4]);
    let names: Vec<_> = calls.iter().map(|call| (call.pid, call.nr)).collect();
    assert_eq!(names, [(1, 41), (1, 56), (2, 3)]);
    assert_eq!(calls[0].args[..3], [Some(2), Some(1), Some(0)]);
}

#[test]
fn programs_and_their_children_have_a_name() {
    let calls = all(&[
        r#"7 execve("/bin/sh", ["sh"], 0x7 /* 35 vars */) = 0"#,
        "7 clone(child_stack=NULL, flags=SIGCHLD, child_tidptr=0x7) = 8",
        "8 close(3) = 0",
        r#"8 execve("/bin/nothing", ["sh"], 0x7 /* 35 vars */) = -1 ENOENT (No such file)"#,
        r#"8 execve("/bin/ls", ["sh"], 0x7 /* 35 vars */) = 0"#,
        "8 close(4) = 0",
        "8 +++ exited with 0 +++",
        "7 close(5) = 0",
    ]);
    let exes: Vec<_> = calls
        .iter()
        .map(|call| call.exe.as_deref().unwrap())
        .collect();
    let sh = "/bin/sh";
    assert_eq!(exes, [sh, sh, sh, sh, "/bin/ls", sh, sh]);
}

#[test]
fn signals_belong_to_the_call_before() {
    let calls = all(&[
        "7 mkdir(\"x\", 0777) = 83",
        "7 --- SIGSYS {si_signo=SIGSYS, si_code=SYS_SECCOMP, si_syscall=__NR_mkdir} ---",
        "7 close(4) = 0",
        "7 --- SIGCHLD {si_signo=SIGCHLD} ---",
        "7 rmdir(\"x\") = 84",
        "7 +++ killed by SIGSYS (core dumped) +++",
        "8 close(4) = 0",
        "8 +++ killed by SIGSYS +++",
        "9 futex(0x7, FUTEX_WAIT, 1, NULL <unfinished ...>",
        "9 <... futex resumed>) = ?",
        "9 +++ killed by SIGSYS +++",
    ]);
    let ends: Vec<_> = calls.iter().map(|call| call.end).collect();
    use End::*;
    assert_eq!(ends, [Trapped, Returned, Killed, Returned, Killed]);
}

#[test]
fn other_modes_have_other_numbers() {
    let calls = all(&[
        "strace: [ Process PID=7 runs in 32 bit mode. ]",
        "[pid 7] close(3) = 0",
        "[ Process PID=7 runs in 64 bit mode. ]",
        "[pid 7] close(3) = 0",
    ]);
    let abis: Vec<_> = calls.iter().map(|call| (call.abi, call.nr)).collect();
    assert_eq!(abis, [(Abi::X86, 6), (Abi::X86_64, 3)]);
}
