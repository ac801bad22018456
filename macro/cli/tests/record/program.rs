//! The program that tests record: the first argument says what it does. Built for each C library.

use std::ffi::{c_char, c_int, c_long, c_uint, c_ulong, c_void};
use std::io::Write as _;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

unsafe extern "C" {
    fn syscall(number: c_long, ...) -> c_long;
    fn prctl(option: c_int, ...) -> c_int;
    fn fork() -> c_int;
    fn waitpid(pid: c_int, status: *mut c_int, options: c_int) -> c_int;
    fn kill(pid: c_int, signal: c_int) -> c_int;
    fn getpid() -> c_int;
    fn getppid() -> c_int;
    fn getuid() -> c_uint;
    fn geteuid() -> c_uint;
    fn getgid() -> c_uint;
    fn getegid() -> c_uint;
    fn socket(domain: c_int, kind: c_int, protocol: c_int) -> c_int;
    fn madvise(start: *mut c_void, length: usize, advice: c_int) -> c_int;
    fn ioctl(descriptor: c_int, request: c_ulong, ...) -> c_int;
    fn chdir(path: *const c_char) -> c_int;
    fn _exit(status: c_int) -> !;
}

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    // SAFETY: every call below has valid arguments.
    unsafe {
        match words[..] {
            ["nothing"] => {}
            ["threads"] => threads(),
            ["children"] => children(),
            ["abort"] => std::process::abort(),
            ["fault"] => (8 as *mut u8).write_volatile(1),
            ["panic"] => panic!("as wanted"),
            ["killed"] => {
                kill(getpid(), 9);
            }
            ["ppid"] => {
                getppid();
            }
            #[cfg(target_arch = "x86_64")]
            ["int80"] => {
                let answer: u64;
                // getpid of x86. The registers are those that old kernels clear.
                std::arch::asm!(
                    "int 0x80",
                    inlateout("rax") 20_u64 => answer,
                    out("r8") _, out("r9") _, out("r10") _, out("r11") _,
                );
                println!("{}", answer as c_int == getpid());
            }
            // getuid of x32, which most kernels lack.
            #[cfg(target_arch = "x86_64")]
            ["x32"] => println!("{}", syscall(0x4000_0000 | 102) <= 0),
            ["sockets"] => {
                socket(2, 2, 0);
                socket(1, 1 | 0o2000000, 0);
            }
            ["terminal"] => {
                // TIOCGPTN, as a library passes it on that has it in an `int`.
                ioctl(-1, 0x8004_5430_u32 as i32 as c_ulong, 0);
                println!("{}", std::io::Error::last_os_error());
            }
            ["advice"] => {
                for advice in 0..40 {
                    madvise(std::ptr::null_mut(), 0, advice);
                }
            }
            ["write", folder] => {
                for at in 0..40 {
                    let path = format!("{folder}/{at}");
                    std::fs::write(&path, "text").unwrap();
                    std::fs::rename(&path, format!("{path}.new")).unwrap();
                    std::fs::read(format!("{path}.new")).unwrap();
                }
            }
            ["work", milliseconds, end] => {
                let step = Duration::from_millis(10);
                let steps = milliseconds.parse::<u64>().unwrap() / 10;
                for at in 0..steps {
                    assert!(getppid() >= 0);
                    // Something new later than the first write of the profile.
                    if at == steps / 2 {
                        chdir(c"/".as_ptr());
                    }
                    thread::sleep(step);
                }
                std::fs::write(end, "done").unwrap();
            }
            ["busy", threads, end] => busy(threads.parse().unwrap(), end),
            ["install", how] => install(how, None),
            ["install", how, program] => install(how, Some(program)),
            ["calls", count] => {
                for _ in 0..count.parse::<u64>().unwrap() {
                    getppid();
                }
            }
            _ => panic!("{words:?}"),
        }
    }
}

fn threads() {
    let (sender, receiver) = mpsc::channel();
    let threads: Vec<_> = (0..4)
        .map(|i| {
            let sender = sender.clone();
            thread::spawn(move || {
                thread::sleep(Duration::from_millis(50 * (i + 1)));
                let text = std::fs::read_to_string("/proc/self/comm").unwrap();
                sender.send(text.len()).unwrap();
            })
        })
        .collect();
    let sum: usize = (0..4).map(|_| receiver.recv().unwrap()).sum();
    for thread in threads {
        thread.join().unwrap();
    }
    println!("{sum}");
}

fn children() {
    let status = std::process::Command::new("/bin/true").status().unwrap();
    println!("{status}");
}

/// Calls in several threads until this process is asked to end.
fn busy(threads: u64, end: &str) {
    let threads: Vec<_> = (0..threads)
        .map(|_| {
            thread::spawn(|| {
                for _ in 0..200_000 {
                    // SAFETY: no arguments.
                    let parent = unsafe { getppid() };
                    assert!(parent >= 0, "{}", std::io::Error::last_os_error());
                }
            })
        })
        .collect();
    println!("busy");
    std::io::stdout().flush().unwrap();
    for thread in threads {
        thread.join().unwrap();
    }
    std::fs::write(end, "done").unwrap();
}

#[repr(C)]
struct Program {
    length: u16,
    instructions: *const c_void,
}

/// Before: getuid, and geteuid of a child. After: getgid, getegid of a child, a thread, and a file.
unsafe fn install(how: &str, file: Option<&str>) {
    const SET_NO_NEW_PRIVS: c_int = 38;
    const SET_SECCOMP: c_int = 22;
    let seccomp: c_long = if cfg!(target_arch = "x86_64") { 317 } else { 277 };
    // Without a file, a program that kills for every call.
    let bytes = match file {
        Some(file) => std::fs::read(file).unwrap(),
        None => vec![6, 0, 0, 0, 0, 0, 0, 0],
    };
    let program = Program {
        length: (bytes.len() / 8) as u16,
        instructions: bytes.as_ptr().cast(),
    };
    let (null, program) = (std::ptr::null::<Program>(), &raw const program);
    unsafe {
        getuid();
        child(|| {
            geteuid();
        });
        prctl(SET_NO_NEW_PRIVS, 1 as c_ulong, 0 as c_ulong, 0 as c_ulong, 0 as c_ulong);
        // Probes, which the kernel answers: with EFAULT, EINVAL for unknown flags, and 0.
        let probe = syscall(seccomp, 1 as c_ulong, 0 as c_ulong, null);
        let flags = syscall(seccomp, 1 as c_ulong, 1_u64 << 20, null);
        let action = syscall(seccomp, 2 as c_ulong, 0 as c_ulong, &0x7fff_0000_u32);
        let installed = match how {
            "seccomp" => syscall(seccomp, 1 as c_ulong, 0 as c_ulong, program),
            "tsync" => syscall(seccomp, 1 as c_ulong, 1 as c_ulong, program),
            "prctl" => prctl(SET_SECCOMP, 2 as c_ulong, program).into(),
            "listener" => syscall(seccomp, 1 as c_ulong, 8 as c_ulong, program),
            _ => -2,
        };
        getgid();
        child(|| {
            getegid();
        });
        let text = thread::spawn(|| std::fs::read_to_string("/proc/self/comm").unwrap());
        assert!(text.join().unwrap().starts_with("program"));
        println!("{probe} {flags} {action} {installed}");
    }
}

unsafe fn child(work: impl FnOnce()) {
    unsafe {
        let pid = fork();
        if pid == 0 {
            work();
            _exit(0);
        }
        assert_eq!(waitpid(pid, std::ptr::null_mut(), 0), pid);
    }
}
