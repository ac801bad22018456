//! `deeds NAME FILTER`: installs the filter in the file `FILTER`, then does one thing.
//!
//! The filter comes after std's start-up and before anything else, so a program needs only what its
//! deed and its end need. `-` is no filter: the run that the others are compared with.

// A short read or write does the deed too.
#![allow(clippy::unused_io_amount)]

mod crash;
mod files;
mod net;
mod processes;
mod threads;

use std::ffi::CString;
use std::io::{self, BufRead, IoSlice, IoSliceMut, IsTerminal, Read, Write};
use std::time::{Duration, Instant, SystemTime};

fn main() {
    let mut words = std::env::args().skip(1);
    let (Some(name), Some(filter)) = (words.next(), words.next()) else {
        eprintln!("usage: deeds NAME FILTER");
        std::process::exit(2);
    };
    let filter = CString::new(filter).unwrap();
    let deed = find(&name);
    if filter.as_bytes() != b"-" {
        install(&filter);
    }
    deed();
}

/// Installs a filter without std, so that nothing of std is in use before it.
fn install(path: &CString) {
    static mut PROGRAM: [libc::sock_filter; 4096] = [libc::sock_filter {
        code: 0,
        jt: 0,
        jf: 0,
        k: 0,
    }; 4096];
    let fail = |code| unsafe { libc::_exit(code) };
    // SAFETY: one thread uses the buffer, and the kernel copies the program.
    unsafe {
        let program = &raw mut PROGRAM;
        let file = libc::open(path.as_ptr(), libc::O_RDONLY);
        let size = libc::read(file, program.cast(), size_of_val(&*program));
        if file < 0 || size <= 0 {
            fail(97);
        }
        libc::close(file);
        let program = libc::sock_fprog {
            len: (size as usize / size_of::<libc::sock_filter>()) as u16,
            filter: program.cast(),
        };
        if libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 {
            fail(98);
        }
        if libc::syscall(
            libc::SYS_seccomp,
            libc::SECCOMP_SET_MODE_FILTER,
            0,
            &program,
        ) != 0
        {
            fail(99);
        }
    }
}

fn find(name: &str) -> fn() {
    match name {
        "return" => || (),
        "exit" => || std::process::exit(7),

        "null" => crash::null,
        "trap" => crash::trap,
        "abort" => || std::process::abort(),
        "overflow" => crash::overflow,
        "free" => crash::free,
        "panic" => || panic!("a panic on purpose"),
        "caught" => crash::caught,
        "twice" => crash::twice,
        "no-unwind" => crash::no_unwind,
        "thread-overflow" => || threads::crash(crash::overflow),
        "thread-panic" => || threads::crash(|| panic!("a panic on purpose")),
        "thread-null" => || threads::crash(crash::null),
        "captured" => crash::captured,

        "allocate" => allocate,
        "print" => print,
        "read" => read,
        "vectored" => vectored,
        "terminal" => || {
            print_line(io::stdin().is_terminal());
            print_line(io::stdout().is_terminal());
        },
        "copy" => || {
            io::copy(&mut io::stdin().lock(), &mut io::stdout().lock()).unwrap();
        },
        "now" => now,
        "cpu-clock" => cpu_clock,
        "sleep" => || std::thread::sleep(Duration::from_millis(20)),
        "long-sleep" => || std::thread::sleep(Duration::from_millis(300)),
        "nanosleep" => nanosleep,
        "hash" => hash,

        "threads" => || threads::many(threads::FEW),
        "many-threads" => || threads::many(24),
        "named" => threads::named,
        "park" => || std::thread::park_timeout(Duration::from_millis(20)),
        "long-park" => || std::thread::park_timeout(Duration::from_millis(300)),
        "locks" => threads::locks,
        "thread-hash" => threads::hash,

        "files" => files::look,
        "lock" => files::lock,
        "map" => files::map,
        "cat" => files::cat,
        "parallelism" => || {
            std::thread::available_parallelism().unwrap();
        },
        "write-files" => files::write,
        "change-files" => files::change,
        "copy-files" => files::copy,

        "tcp" => || net::tcp("127.0.0.1:0"),
        "tcp6" => || net::tcp("[::1]:0"),
        "tcp-options" => net::tcp_options,
        "tcp-protocol" => net::tcp_protocol,
        "tcp-file" => net::tcp_file,
        "tcp-messages" => net::tcp_messages,
        "udp" => || net::udp("127.0.0.1:0"),
        "udp6" => || net::udp("[::1]:0"),
        "udp-protocol" => net::udp_protocol,
        "udp-messages" => net::udp_messages,
        "unix" => net::unix,
        "unix-pair" => net::unix_pair,
        "unix-messages" => net::unix_messages,
        "local-name" => || net::resolve("localhost"),
        "unknown-name" => || net::resolve("name.invalid"),
        "own-addresses" => net::own_addresses,
        "tokio" => net::tokio_server,
        "tokio-one" => net::tokio_one,
        "timer" => net::timer,

        "spawn" => processes::spawn,
        "output" => processes::output,
        "kill" => processes::kill,
        "fork" => processes::fork,
        "missing" => processes::missing,
        "itself" => processes::itself,
        _ => {
            eprintln!("no deed {name}");
            std::process::exit(2);
        }
    }
}

/// Prints without the buffer of standard output, which would be unmapped at the end.
fn print_line(value: impl std::fmt::Display) {
    println!("{value}");
}

fn allocate() {
    let mut kept: Vec<Vec<u8>> = Vec::new();
    for size in [10, 1000, 100_000, 1_000_000, 4_000_000] {
        kept.push(vec![1; size]);
        kept.push(Vec::with_capacity(size));
    }
    // Small blocks make the heap grow, and large ones move.
    kept.extend((0..5000).map(|size| vec![2; size % 700]));
    let mut grown = vec![3u8; 300_000];
    for _ in 0..4 {
        grown.reserve_exact(grown.len() * 2);
        grown.resize(grown.capacity(), 4);
    }
    kept.truncate(100);
    drop(kept);
    #[cfg(target_env = "gnu")]
    {
        // Gives back what is free in the middle of the heap.
        let holes: Vec<Vec<u8>> = (0..200).map(|_| vec![5; 60_000]).collect();
        let mut holes = holes.into_iter().enumerate().collect::<Vec<_>>();
        holes.retain(|(at, _)| at % 2 == 0);
        unsafe { libc::malloc_trim(0) };
    }
}

fn print() {
    println!("to standard output");
    eprintln!("to standard error");
    print!("without an end");
}

fn read() {
    let mut line = String::new();
    io::stdin().lock().read_line(&mut line).unwrap();
    print!("{line}");
    io::stdin().read_to_string(&mut line).unwrap();
    print!("{line}");
}

fn vectored() {
    // Larger than the buffer of standard input.
    let (mut a, mut b) = ([b'.'; 3], [b'.'; 20_000]);
    let read = io::stdin().read_vectored(&mut [IoSliceMut::new(&mut a), IoSliceMut::new(&mut b)]);
    let read = read.unwrap();
    let parts = [IoSlice::new(&a), IoSlice::new(b"\n"), IoSlice::new(&b[..4])];
    let written = io::stdout().write_vectored(&parts).unwrap();
    // Of the buffer's own; standard error has none.
    io::stderr().write_vectored(&parts).unwrap();
    println!("{read} {written}");
}

fn now() {
    let start = Instant::now();
    let _ = SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap();
    assert!(start.elapsed() < Duration::from_secs(60));
}

/// Clocks that no vDSO answers.
fn cpu_clock() {
    let mut time = libc::timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    // SAFETY: the pointer is valid.
    unsafe {
        assert_eq!(
            libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &mut time),
            0
        );
        assert_eq!(
            libc::clock_getres(libc::CLOCK_THREAD_CPUTIME_ID, &mut time),
            0
        );
    }
}

fn nanosleep() {
    let time = libc::timespec {
        tv_sec: 0,
        tv_nsec: 1_000_000,
    };
    // SAFETY: the pointer is valid.
    assert_eq!(unsafe { libc::nanosleep(&time, std::ptr::null_mut()) }, 0);
}

fn hash() {
    let mut map = std::collections::HashMap::new();
    map.insert(1, 2);
    assert_eq!(map.get(&1), Some(&2));
    // As the crate getrandom does.
    let mut bytes = [0u8; 16];
    let size = unsafe { libc::getrandom(bytes.as_mut_ptr().cast(), bytes.len(), 0) };
    assert_eq!(size, 16);
}
