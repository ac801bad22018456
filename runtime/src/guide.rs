//! A guide from the first recording to a server that is confined by its profile.
//!
//! The programs that it mentions are the examples in this project's repository: `record` and
//! `inspect` are tools, `server`, `decompress`, `landlock` and `supervise` are programs to read.
//! Run the commands in a checkout of it. What each field of a profile means is in the chapter
//! [`format`](mod@crate::format).
//!
//! # Record
//!
//! `cargo run --example record -- ls /` runs a command and writes `ls.json`, a profile that allows
//! the calls of this run. Record every way in which the program is used, failures too: `--merge`
//! adds another run to the file. A call that was not made during a recording is denied later.
//!
//! A recording also has the calls of the dynamic linker and of the C library at the start of the
//! program. To record a program that confines itself, leave out its call of `install`. Such a
//! program opens what it needs, installs the filter, and then does without most of these calls.
//! Remove names such as `execve`, `openat` and `socket`, and let the filter log what is missing, as
//! [below](#audit-then-enforce).
//!
//! # Read
//!
//! Read the profile before you trust it. If a name surprises you, find out why the program makes
//! the call. `cargo run -q --example inspect -- ls.json` shows the compiled program, `--emit stats`
//! its cost, and `--decide openat` the answer to one call. [Warnings](mod@crate::format#warnings)
//! about the profile appear there and in the build: `io_uring_setup` beside filtered `openat`, for
//! example, because a ring opens files without asking the filter. Each shows a call and the fix.
//!
//! Names alone are often too coarse. A rule can have conditions on arguments: the profile of
//! `decompress` allows `read` of descriptor 0 only, and `mmap` only of memory that is not
//! executable. Conditions see registers, never the memory that an address points to. In a profile
//! that no container engine reads, write constants [by name](mod@crate::format#numbers-as-strings),
//! and compile with [`typed_arguments = true`](mod@crate::format#typed-arguments), so that a
//! comparison of an `int` cannot be evaded.
//!
//! # Write with an editor
//!
//! The file `schema.json` in the folder `macro/compiler/` of the repository is a JSON Schema of all
//! that this compiler reads. An editor that knows it completes names and underlines mistakes while
//! you type. Copy it beside the profile, and name it in the first line of the profile:
//! `"$schema": "schema.json"`. Editors such as VS Code can also map file names to a schema in their
//! settings (`json.schemas`). Only the build finds mistakes that need more than the shape of the
//! file, such as rules that overlap.
//!
//! # Embed
//!
//! First open files, bind sockets and start threads, then install the filter. Later such calls are
//! denied, and nothing can remove the filter.
//!
//! ```
//! use std::net::TcpListener;
//! use seccomp_profile::{Filter, seccomp_profile};
//!
//! static SERVER: Filter = seccomp_profile!("../examples/server.json");
//!
//! fn main() -> Result<(), Box<dyn std::error::Error>> {
//!     let listener = TcpListener::bind("127.0.0.1:0")?;
//!     SERVER.install()?;
//!     assert!(TcpListener::bind("127.0.0.1:0").is_err());
//!     // Serve what `listener` accepts.
//!     Ok(())
//! }
//! ```
//!
//! The path is relative to the root of the package. This is `server.json`:
//!
//! ```json
//! {
//!     "defaultAction": "SCMP_ACT_ERRNO",
//!     "defaultErrnoRet": 1,
//!     "architectures": ["SCMP_ARCH_X86_64", "SCMP_ARCH_AARCH64"],
//!     "syscalls": [
//!         {
//!             "comment": "serve: accept connections, receive and send, read the open file, print",
//!             "names": ["accept4", "close", "pread64", "read", "recvfrom", "sendto", "write"],
//!             "action": "SCMP_ACT_ALLOW"
//!         },
//!         {
//!             "comment": "Rust checks a descriptor before it closes it (F_GETFD)",
//!             "names": ["fcntl"],
//!             "action": "SCMP_ACT_ALLOW",
//!             "args": [{ "index": 1, "value": 1, "op": "SCMP_CMP_EQ" }]
//!         },
//!         {
//!             "comment": "threads: wait for each other and end",
//!             "names": ["exit", "futex", "gettid", "sched_yield"],
//!             "action": "SCMP_ACT_ALLOW"
//!         },
//!         {
//!             "comment": "allocate: anonymous memory (MAP_ANONYMOUS) without PROT_EXEC",
//!             "names": ["mmap"],
//!             "action": "SCMP_ACT_ALLOW",
//!             "args": [
//!                 { "index": 2, "value": 4, "valueTwo": 0, "op": "SCMP_CMP_MASKED_EQ" },
//!                 { "index": 3, "value": 32, "valueTwo": 32, "op": "SCMP_CMP_MASKED_EQ" }
//!             ]
//!         },
//!         {
//!             "names": ["mprotect"],
//!             "action": "SCMP_ACT_ALLOW",
//!             "args": [{ "index": 2, "value": 4, "valueTwo": 0, "op": "SCMP_CMP_MASKED_EQ" }]
//!         },
//!         {
//!             "names": ["brk", "madvise", "mremap", "munmap"],
//!             "action": "SCMP_ACT_ALLOW"
//!         },
//!         {
//!             "comment": "signals, a crash, and the end of the process",
//!             "names": [
//!                 "exit_group", "getpid", "restart_syscall", "rt_sigaction", "rt_sigprocmask",
//!                 "rt_sigreturn", "sigaltstack", "tgkill", "tkill"
//!             ],
//!             "action": "SCMP_ACT_ALLOW"
//!         }
//!     ]
//! }
//! ```
//!
//! If [`install`](crate::Filter::install) returns an [`Error`](crate::Error), no part of the filter
//! is in force. Then end the program: it would run unconfined.
//!
//! # Test
//!
//! [`Filter::evaluate`](crate::Filter::evaluate) returns the answer to any call and installs
//! nothing. Use it in a test, or while the crate compiles. Assert what the profile is for, and a
//! later change of the profile cannot break it without an error:
//!
//! ```
//! # use seccomp_profile::{Action, Filter, seccomp_profile};
//! use seccomp_profile::syscall;
//!
//! static SERVER: Filter = seccomp_profile!("../examples/server.json");
//!
//! const _: () = {
//!     assert!(SERVER.evaluate(&syscall!(accept4)).runs());
//!     assert!(!SERVER.evaluate(&syscall!(socket)).runs());
//!     assert!(!SERVER.allows_exec());
//! };
//!
//! // The third argument of mmap has PROT_EXEC, the fourth is MAP_PRIVATE | MAP_ANONYMOUS.
//! let executable = syscall!(mmap, 0, 4096, 7, 0x22, -1, 0);
//! assert_eq!(SERVER.evaluate(&executable), Action::Errno(1));
//! ```
//!
//! Callers put a negative number such as the descriptor −1 into a register in two ways. `evaluate`
//! looks at both, and fails if the filter answers them
//! [differently](crate::syscall#negative-numbers).
//!
//! # Audit, then enforce
//!
//! A new profile usually denies something that the program needs. So let it log first.
//! `SCMP_ACT_LOG` lets a call run and writes its number to the audit log, in a line with
//! `type=1326`. Without an audit daemon the line is in the kernel log, which drops some of many
//! lines (`kernel/seccomp.c`, `seccomp_log`; `kernel.printk_ratelimit`).
//!
//! Compile the same file twice, and run the logging filter for a while. The option `default_action`
//! logs the calls without a rule, and `deny_action` all calls that would be denied. A filter that
//! is not used is not linked.
//!
//! ```
//! # use seccomp_profile::{Action, Filter, seccomp_profile, syscall};
//! static SERVER: Filter = seccomp_profile!("../examples/server.json");
//! static AUDIT: Filter =
//!     seccomp_profile!("../examples/server.json", deny_action = "SCMP_ACT_LOG");
//!
//! # fn main() -> Result<(), seccomp_profile::Error> {
//! // Only if the environment comes from somebody who may turn the sandbox off.
//! let audit = std::env::var_os("SERVER_AUDIT").is_some();
//! if audit { AUDIT } else { SERVER }.install()?;
//!
//! assert_eq!(AUDIT.evaluate(&syscall!(openat)), Action::Log);
//! # Ok(())
//! # }
//! ```
//!
//! Then choose what a denied call gets:
//!
//! - `SCMP_ACT_ERRNO` suits code that you trust and that may try more than it needs. The call
//!   fails.
//! - `SCMP_ACT_KILL_PROCESS` suits code that may be taken over, such as a decoder. A call that it
//!   never makes on its own is then a sign of an attack.
//! - `SCMP_ACT_KILL_THREAD` is rarely right: the other threads go on, and locks of the killed
//!   thread stay locked. Calls of other ABIs get it by default, as in runc; the option
//!   `bad_arch_action` replaces it.
//!
//! # Find out which call it was
//!
//! A third filter from the same file traps denied calls.
//! [`report_violations`](crate::report_violations) sets a signal handler that writes one line for
//! each of them to standard error: the name of the call, its arguments, and the address of the
//! instruction. With `reporter = true` the compiler checks that the profile allows the calls with
//! which the handler reports.
//!
//! ```
//! use seccomp_profile::{After, report_violations};
//! # use seccomp_profile::{Filter, seccomp_profile};
//!
//! static REPORT: Filter = seccomp_profile!(
//!     "../examples/server.json",
//!     deny_action = "SCMP_ACT_TRAP",
//!     reporter = true,
//! );
//!
//! # fn main() -> Result<(), seccomp_profile::Error> {
//! report_violations(After::Enosys)?;
//! REPORT.install()?;
//! // seccomp violation: syscall=openat …
//! assert!(std::fs::File::open("/etc/passwd").is_err());
//! # Ok(())
//! # }
//! ```
//!
//! # Keep in step with libc
//!
//! A new release of a C library can use newer calls: `clone3` in place of `clone`, `faccessat2` in
//! place of `faccessat`, `statx` in place of `fstat`. If the call fails with `ENOSYS`, as on an
//! older kernel, the library falls back to the older call. After `EPERM` it does not: then no
//! thread starts, for example. So a profile that denies by errno needs three things:
//!
//! - Name both calls if both are harmless.
//! - Deny the newer one with `ENOSYS` if its arguments are in memory, as those of `clone3` are. A
//!   filter cannot restrict it. (`ENOSYS` is errno 38, on MIPS 89.)
//! - Add `newer_syscalls = "ENOSYS"` for calls that are newer than the compiler's table.
//!
//! ```
//! # use seccomp_profile::{Action, Filter, Syscall, seccomp_profile, syscall};
//! static THREADS: Filter = seccomp_profile!({
//!     "defaultAction": "SCMP_ACT_KILL_PROCESS",
//!     "syscalls": [
//!         { "names": ["clone", "exit", "exit_group"], "action": "SCMP_ACT_ALLOW" },
//!         { "names": ["clone3"], "action": "SCMP_ACT_ERRNO", "errnoRet": 38 }
//!     ]
//! }, newer_syscalls = "ENOSYS");
//!
//! assert_eq!(THREADS.evaluate(&syscall!(clone3)), Action::Errno(38));
//! assert_eq!(THREADS.evaluate(&syscall!(openat)), Action::KillProcess);
//! // A number that no kernel has yet.
//! assert_eq!(THREADS.evaluate(&Syscall::new(9_999, [0; 6])), Action::Errno(38));
//! ```
//!
//! # Threads and async
//!
//! A filter belongs to a thread, and threads that it starts inherit the filter. All threads share
//! the memory of the process. So code that took over a confined thread can make an unconfined one
//! execute calls for it. That is why [`install`](crate::Filter::install) confines all threads at
//! once, also those that already run:
//!
//! ```
//! use std::fs::File;
//! use std::sync::Barrier;
//! use std::thread;
//! # use seccomp_profile::{Filter, seccomp_profile};
//!
//! static SERVER: Filter = seccomp_profile!("../examples/server.json");
//!
//! # fn main() -> Result<(), seccomp_profile::Error> {
//! let together = Barrier::new(2);
//! thread::scope(|scope| {
//!     let worker = scope.spawn(|| {
//!         together.wait(); // started
//!         together.wait(); // confined
//!         File::open("/etc/passwd").is_err()
//!     });
//!     together.wait();
//!     let installed = SERVER.install();
//!     together.wait();
//!     assert!(worker.join().unwrap());
//!     installed.map(drop)
//! })
//! # }
//! ```
//!
//! Before Linux 3.17 no kernel can do that, and `install` is an error. It is also an error if
//! another thread has a filter of its own ([`NotSynchronised`](crate::Error::NotSynchronised), with
//! the number of the thread). In both cases no thread is confined.
//!
//! An async task is not a thread. It moves between workers, so no filter can belong to one task. In
//! a runtime such as tokio, call `install` in `main` or in any task: it confines all workers. Allow
//! the calls that start a thread: the pool for blocking work grows on demand, and its new threads
//! inherit the filter. Code that needs a stricter filter than the rest belongs in a child process.
//!
//! [`install_on_this_thread`](crate::Filter::install_on_this_thread) confines one thread. It keeps
//! trusted code from making a call by mistake, and does not stop code that took the thread over.
//!
//! # Children
//!
//! [`CommandExt`](crate::CommandExt) installs a filter in a child, between `fork` and `exec`. The
//! filter must allow `execve` and everything that the other program does at its start. The first
//! can be asserted while the crate compiles; for the second, record the program.
//!
//! ```
//! use std::process::Command;
//! use seccomp_profile::CommandExt;
//! # use seccomp_profile::{Filter, seccomp_profile};
//!
//! static OFFLINE: Filter = seccomp_profile!({
//!     "defaultAction": "SCMP_ACT_ALLOW",
//!     "syscalls": [
//!         {
//!             "names": ["socket", "socketpair", "io_uring_enter", "io_uring_setup"],
//!             "action": "SCMP_ACT_ERRNO",
//!             "errnoRet": 13
//!         }
//!     ]
//! });
//! const _: () = assert!(OFFLINE.allows_exec());
//!
//! # fn main() -> std::io::Result<()> {
//! assert!(Command::new("true").seccomp(&OFFLINE).status()?.success());
//! # Ok(())
//! # }
//! ```
//!
//! `exec` runs in the process itself, so it installs the filter in the calling thread. If `exec`
//! returns, the program could not be executed, and the filter stays. Then end the process.
//!
//! A program of your own needs a shorter profile if it confines itself. `decompress` starts itself
//! once more, and the child installs its filter before it reads the first byte. A filter does not
//! count anything, so the parent sets limits on time and memory.
//!
//! # Ask a supervisor
//!
//! A call with `SCMP_ACT_NOTIFY` waits until a [`Listener`](crate::Listener) has answered it, in a
//! thread or process that the filter does not confine. Here a supervisor lets a thread have sockets
//! of the family `AF_UNIX` and no others. (The thread shares the listener's memory, so a malicious
//! one could answer its own calls. To confine untrusted code, use a child process as the example
//! `supervise` does.)
//!
//! ```
//! use std::net::UdpSocket;
//! use std::sync::mpsc;
//! use std::thread;
//! use seccomp_profile::{Listener, Response};
//! # use seccomp_profile::{Filter, seccomp_profile};
//!
//! static ASK: Filter = seccomp_profile!({
//!     "defaultAction": "SCMP_ACT_ALLOW",
//!     "syscalls": [
//!         { "names": ["socket"], "action": "SCMP_ACT_NOTIFY" },
//!         {
//!             "names": ["io_uring_enter", "io_uring_setup"],
//!             "action": "SCMP_ACT_ERRNO",
//!             "errnoRet": 38
//!         }
//!     ]
//! });
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let (sender, receiver) = mpsc::channel();
//! let confined = thread::spawn(move || {
//!     sender.send(ASK.install_with_listener()).unwrap();
//!     UdpSocket::bind("127.0.0.1:0").map(drop)
//! });
//! let listener = Listener::from(receiver.recv()??);
//! while let Some(call) = listener.receive()? {
//!     const AF_UNIX: u32 = 1;
//!     let response = match call.syscall().args[0] as u32 {
//!         AF_UNIX => Response::Continue,
//!         _ => Response::Errno(13), // EACCES
//!     };
//!     call.respond(response)?;
//! }
//! let refused = confined.join().unwrap().unwrap_err();
//! assert_eq!(refused.raw_os_error(), Some(13));
//! # Ok(())
//! # }
//! ```
//!
//! The family of a socket is in a register. If the supervisor lets the call run, the kernel uses
//! the same family that the supervisor saw. A path is in memory, and another thread can change it
//! before the kernel reads it. So a supervisor that checks a path must open the file itself and
//! give the descriptor to the caller, as `supervise` does. Reading the path can also
//! [block the supervisor](crate::Listener#memory-that-blocks-the-supervisor).
//!
//! # Containers in containers
//!
//! Filters add up: each call gets the strictest answer of all filters. A filter inside a container
//! cannot loosen the profile of the container engine, with one exception: calls that the engine
//! leaves to a listener or a tracer. What to expect inside a container:
//!
//! - The engine's profile must allow `prctl` and `seccomp`, as Docker's does. Otherwise installing
//!   fails with [`NoNewPrivs`](crate::Error::NoNewPrivs) or
//!   [`NotPermitted`](crate::Error::NotPermitted).
//! - All filters of a thread together can have 32,768 instructions
//!   ([`ChainTooLong`](crate::Error::ChainTooLong)).
//! - Only one filter can have a listener. If the engine's has one, yours cannot
//!   ([`ListenerExists`](crate::Error::ListenerExists)).
//!
//! The profile of an engine depends on the capabilities of the container and on the kernel. The
//! options `capabilities` and `kernel` answer its `includes` and `excludes` while the crate
//! compiles. A program that starts containers installs the filter last, after mounts and
//! namespaces. For `bwrap --seccomp` there is [`Filter::as_bytes`](crate::Filter::as_bytes).
//!
//! # Cross compilation
//!
//! The program is for the ABI that *your crate* is compiled for, on any host.
//! `cargo build --target aarch64-unknown-linux-gnu` needs nothing special, and the proof is about
//! aarch64. One profile can serve all targets: a name that only other architectures have makes no
//! rule, so `open` can be named beside `openat`.
//!
//! The target's own ABI is always in the program. `architectures` adds others that the kernel can
//! run, such as i386 on x86_64. `native_only = true` leaves them out, and their calls get
//! `bad_arch_action`.
//!
//! Tests with `evaluate` also run under an emulator that has no seccomp.
//!
//! # What seccomp cannot do
//!
//! A filter decides about calls, not about files, hosts or devices. [Landlock] restricts the files
//! below a folder, and needs no privileges either. The example `landlock` uses both. It sets up
//! Landlock first, so that the profile need not allow these calls, and then installs a filter that
//! allows `openat` for reading only. Another file fails with `EACCES` from Landlock, a socket with
//! `EPERM` from the filter.
//!
//! `SECURITY.md` in the repository lists what else a filter cannot do: io_uring, the vDSO, tracers,
//! and memory behind pointers.
//!
//! [Landlock]: https://docs.kernel.org/userspace-api/landlock.html
