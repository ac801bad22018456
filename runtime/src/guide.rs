//! A guide: from nothing to a server that is held to its profile, and what to know on the way.
//!
//! The programs it speaks of are the examples of this project's repository: `record` and `inspect`
//! are tools, `server`, `decompress`, `landlock` and `supervise` are programs to read. Commands are
//! for a checkout of it.
//!
//! # Record
//!
//! `cargo run --example record -- ls /` runs a command and writes `ls.json`, which allows what the
//! command did. Record every way that the program is used, also those that fail: `--merge` adds a run
//! to the file. What was not done while recording is denied later.
//!
//! A recording has all that the dynamic linker and the C library do to begin. A program that holds
//! itself is recorded before it does, without its call of `install`. Once it has opened what it
//! needs it can do without most of the beginning: take names such as `execve`, `openat` and `socket`
//! out, and let the filter log what is missing, as [below](#audit-then-enforce).
//!
//! # Read
//!
//! A profile is a promise to whoever reviews it, so read it: a name that surprises is a question.
//! `cargo run -q --example inspect -- ls.json` shows the program it becomes, `--emit stats` what that
//! costs, and `--decide openat` the answer to one call. What is allowed but rarely meant, such as
//! `io_uring_setup` where opening files is not allowed, is a warning there and in the build.
//!
//! Conditions on arguments say more than names: `decompress` may `read` descriptor 0 alone, and
//! `mmap` what is not executable. They see registers, never what an address points to.
//!
//! # Embed
//!
//! Open files, bind sockets, start threads; then install. What comes later is denied for good.
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
//! An [`Error`](crate::Error) means that nothing is in force: end, rather than go on unheld.
//!
//! # Test
//!
//! [`Filter::evaluate`](crate::Filter::evaluate) answers for any call without installing anything,
//! in a test or while the crate compiles. Say there what the profile is for, and nobody loosens it
//! by accident:
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
//! # Audit, then enforce
//!
//! `SCMP_ACT_LOG` lets a call run and leaves a line with its number and `type=1326` in the audit log,
//! or without an audit daemon in the kernel's (`kernel/seccomp.c`, `seccomp_log`). Make a sibling of
//! the filter from the same file, and run that one for a while where it matters. With
//! `default_action` it logs the calls that no rule is for, with `deny_action` all that are denied.
//! What is not used is not linked.
//!
//! ```
//! # use seccomp_profile::{Action, Filter, seccomp_profile, syscall};
//! static SERVER: Filter = seccomp_profile!("../examples/server.json");
//! static AUDIT: Filter =
//!     seccomp_profile!("../examples/server.json", deny_action = "SCMP_ACT_LOG");
//!
//! # fn main() -> Result<(), seccomp_profile::Error> {
//! // If whoever sets the environment may decide that.
//! let audit = std::env::var_os("SERVER_AUDIT").is_some();
//! if audit { AUDIT } else { SERVER }.install()?;
//!
//! assert_eq!(AUDIT.evaluate(&syscall!(openat)), Action::Log);
//! # Ok(())
//! # }
//! ```
//!
//! To enforce, choose what a denied call gets. An errno suits code that is trusted and may try more
//! than it needs. `SCMP_ACT_KILL_PROCESS` suits code that was taken over as soon as it does what it
//! never does, such as a decoder. `SCMP_ACT_KILL_THREAD` leaves the other threads with the locks that
//! one held; it is only what calls of other ABIs get where nothing else is said, as in runc
//! (`bad_arch_action`).
//!
//! # Find out which call it was
//!
//! A third sibling traps, and the handler that [`report_violations`](crate::report_violations) sets
//! names the call on standard error, with its arguments and where it was made. `reporter = true` has
//! the compiler check that the profile lets the handler do so.
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
//! A library may reach for a newer call one day: `clone3` for `clone`, `faccessat2` for `faccessat`,
//! `statx` for `fstat`. It falls back if that call gets `ENOSYS`, as from an older kernel; `EPERM` it
//! takes for the answer, and no thread starts. So name both where both are harmless, answer `ENOSYS`
//! where the new one has its arguments in memory, as `clone3` has, and give
//! `newer_syscalls = "ENOSYS"` for those that nobody knows yet. (It is errno 38, on MIPS 89.)
//!
//! ```
//! # use seccomp_profile::{Action, Filter, Syscall, seccomp_profile, syscall};
//! static THREADS: Filter = seccomp_profile!({
//!     "defaultAction": "SCMP_ACT_ERRNO",
//!     "defaultErrnoRet": 1,
//!     "syscalls": [
//!         { "names": ["clone", "exit_group", "rt_sigreturn"], "action": "SCMP_ACT_ALLOW" },
//!         { "names": ["clone3"], "action": "SCMP_ACT_ERRNO", "errnoRet": 38 }
//!     ]
//! }, newer_syscalls = "ENOSYS");
//!
//! assert_eq!(THREADS.evaluate(&syscall!(clone3)), Action::Errno(38));
//! assert_eq!(THREADS.evaluate(&syscall!(openat)), Action::Errno(1));
//! // The call after the last one that the compiler knows.
//! assert_eq!(THREADS.evaluate(&Syscall::new(9_999, [0; 6])), Action::Errno(38));
//! ```
//!
//! # Threads and async
//!
//! A filter belongs to a thread and is inherited by those that it starts. Threads share memory, so a
//! neighbour without the filter makes the call for the one that has it. Either install before the
//! first thread starts, or on all at once, when they have started:
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
//!         together.wait(); // held
//!         File::open("/etc/passwd").is_err()
//!     });
//!     together.wait();
//!     let installed = SERVER.install_on_all_threads();
//!     together.wait();
//!     assert!(worker.join().unwrap());
//!     installed.map(drop)
//! })
//! # }
//! ```
//!
//! An async task is no thread: it moves between workers, so no filter can be a task's own. In a
//! runtime such as tokio's, [`install`](crate::Filter::install) holds one worker of several. Use
//! [`install_on_all_threads`](crate::Filter::install_on_all_threads), and let the profile have what
//! it takes to start a thread: the pool for blocking work grows when there is some, and its threads
//! inherit the filter. What must be held more tightly than the rest belongs in a child.
//!
//! # Children
//!
//! [`CommandExt`](crate::CommandExt) installs a filter between `fork` and `exec`. It must allow
//! `execve` and all that the other program does to begin; the first a `const` can assert, the rest
//! is what a recording has:
//!
//! ```
//! use std::process::Command;
//! use seccomp_profile::CommandExt;
//! # use seccomp_profile::{Filter, seccomp_profile};
//!
//! static CHILD: Filter = seccomp_profile!("../tests/profiles/container.json");
//! const _: () = assert!(CHILD.allows_exec());
//!
//! # fn main() -> std::io::Result<()> {
//! assert!(Command::new("true").seccomp(&CHILD).status()?.success());
//! # Ok(())
//! # }
//! ```
//!
//! A program of your own needs less if it holds itself: `decompress` starts itself once more, and the
//! child installs its filter before it reads the first byte. A filter counts nothing, so its parent
//! sets limits on time and memory.
//!
//! # Ask a supervisor
//!
//! With `SCMP_ACT_NOTIFY` a call waits for the answer of a [`Listener`](crate::Listener), in a
//! thread that the filter does not hold. Here a thread gets no socket of the internet's. (One that
//! means harm could answer itself, as it shares the listener: hold a child instead, as the example
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
//!         { "names": ["io_uring_setup"], "action": "SCMP_ACT_ERRNO", "errnoRet": 38 }
//!     ]
//! });
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let (sender, receiver) = mpsc::channel();
//! let held = thread::spawn(move || {
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
//! let refused = held.join().unwrap().unwrap_err();
//! assert_eq!(refused.raw_os_error(), Some(13));
//! # Ok(())
//! # }
//! ```
//!
//! The family of a socket is in a register, so the call that continues has the one that was seen. A
//! path is in memory, and may be another one by then: a supervisor that looks at one must do itself
//! what it finds harmless, and give the result away, as `supervise` does with a descriptor.
//!
//! # Containers in containers
//!
//! Filters add up, and a call gets the strictest answer: nothing inside loosens the engine's own
//! profile, unless that leaves calls to a listener or a tracer. The engine's must allow `prctl` and
//! `seccomp`, as Docker's does, or installing ends with [`NoNewPrivs`](crate::Error::NoNewPrivs) or
//! [`NotPermitted`](crate::Error::NotPermitted). All filters of a thread together have at most 32,768
//! instructions ([`ChainTooLong`](crate::Error::ChainTooLong)) and one listener: where the engine has
//! it, nobody inside does ([`ListenerExists`](crate::Error::ListenerExists)).
//!
//! An engine's profile asks what the container may do: give `capabilities` and `kernel`, and its
//! `includes` and `excludes` resolve while the crate compiles. Who starts containers installs last,
//! when mounts and namespaces are set up; for `bwrap --seccomp` there is
//! [`Filter::as_bytes`](crate::Filter::as_bytes).
//!
//! # Cross compilation
//!
//! The program is for the ABI that *this crate* is compiled for, whatever the host is:
//! `cargo build --target aarch64-unknown-linux-gnu` needs what any crate needs, and the proof is
//! about aarch64. A name that only other architectures have is passed over, so one profile serves
//! all: `open` beside `openat`. The target's own ABI is always in; `architectures` adds others whose
//! calls this machine may make, such as i386 on x86_64. `native_only = true` leaves them out, and
//! their calls then get `bad_arch_action`. Tests with `evaluate` also run under an emulator without
//! seccomp.
//!
//! # What seccomp cannot do
//!
//! A filter says which calls, not which files, hosts or devices. [Landlock] says which files below
//! which folders, and needs no rights either. The example `landlock` has both: it takes up Landlock
//! first, so that the profile need not allow that, then installs a filter with `openat` for reading
//! only. A file elsewhere gets `EACCES` from the one, a socket `EPERM` from the other. What else a
//! filter cannot promise, `SECURITY.md` of the repository lists: rings, the vDSO, tracers, and memory
//! behind pointers.
//!
//! [Landlock]: https://docs.kernel.org/userspace-api/landlock.html
