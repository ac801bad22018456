//! A command → its system calls, one by one, each with an answer that a [`Watcher`] chooses.
//!
//! The command runs under a filter that notifies this process of every call in the table. Newer
//! calls fail with `ENOSYS`, so that a library falls back to a call that can be seen.
//!
//! - `SIGTERM`, `SIGHUP`, `SIGINT` and `SIGQUIT` are passed on to the command, unless they come from
//!   the terminal, which has sent them to the command too.
//! - Processes that outlive the command are watched until the last one has ended. A signal ends
//!   that.
//! - If this process is killed, a second one, the [`keeper`], lets every further call run. So the
//!   command and its children go on as without a filter.
//!
//! The kernel does not let a process with such a filter gain privileges: a setuid program runs
//! without them.

mod command;
pub(crate) mod keeper;
mod starter;

use std::borrow::Cow;
use std::ffi::OsString;
use std::io;
use std::os::fd::{AsFd as _, OwnedFd};
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, ExitStatus};
use std::sync::Mutex;
use std::thread;
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::{SigSet, SigmaskHow, Signal, kill};
use nix::sys::signalfd::{SfdFlags, SignalFd};
use nix::unistd::Pid;
use seccomp_profile::{Filter, Listener, Notification, Response, seccomp_profile};
use seccomp_profile_compiler::linux::data::SeccompData;

use crate::Failure;
pub(crate) use command::Ended;
use keeper::Keeper;
use starter::{Part, Starter};

/// Notifies the listener of every call in the table.
static EVERY_CALL: Filter = seccomp_profile!(
    "src/watch/every-call.json",
    allow_notify_write = true,
    allow(exit_denied, clone3_errno)
);

/// How often [`Watcher::pause`] is called while there are calls.
const PAUSE: Duration = Duration::from_millis(250);

/// How long the command waits at most for the thread that has started it.
const HOLD: Duration = Duration::from_millis(50);

/// How many calls are answered before signals are looked at again.
const BATCH: u32 = 256;

/// Chooses the answers to the calls of a command.
pub(crate) trait Watcher {
    /// Returns the answer to a call of the command, of one of its threads or of its children.
    fn call(&mut self, call: &Notification<'_>) -> Response;

    /// Does what need not be done for each call. It is called from time to time when there were
    /// calls since the last time.
    fn pause(&mut self) {}
}

/// Returns what a filter sees of a call.
pub(crate) fn data(call: &Notification<'_>) -> SeccompData {
    let syscall = call.syscall();
    SeccompData {
        nr: syscall.nr,
        arch: syscall.arch,
        instruction_pointer: syscall.instruction_pointer,
        args: syscall.args,
    }
}

/// Runs a command, and returns how it ended.
///
/// # Errors
/// The command cannot be started, or the kernel has no such filters.
pub(crate) fn watch(words: &[OsString], watcher: &mut impl Watcher) -> Result<Ended, Failure> {
    command::find(words)?;
    let wrong =
        |error: io::Error| Failure::Wrong(format!("the command cannot be watched: {error}"));
    let mask = SigSet::from_iter(PASSED_ON.into_iter().chain([Signal::SIGCHLD]));
    let before = mask
        .thread_swap_mask(SigmaskHow::SIG_BLOCK)
        .map_err(|errno| wrong(errno.into()))?;
    let flags = SfdFlags::SFD_CLOEXEC | SfdFlags::SFD_NONBLOCK;
    let signals = SignalFd::with_flags(&mask, flags).map_err(|errno| wrong(errno.into()))?;
    let slots = Slots::default();
    thread::scope(|scope| {
        scope.spawn(|| start(words, before, &slots));
        // It is closed at the end, or the thread that starts the command could wait for an answer
        // for ever.
        let listener = slots
            .listener()
            .map_err(|error| Failure::Wrong(format!("the command cannot be watched: {error}")))?;
        let keeper = Keeper::start(&listener).map_err(wrong)?;
        let mut watch = Watch {
            listener: &Listener::from(listener),
            keeper,
            signals,
            slots: &slots,
            command: State::Starting,
            name: words
                .first()
                .map_or("".into(), |word| word.to_string_lossy()),
            asked: false,
            stopped: false,
        };
        match watch.run(watcher) {
            // What was seen is not lost.
            Err(failure) if !matches!(watch.command, State::Starting) => Ok(Ended {
                problem: Some(failure),
                ..Ended::default()
            }),
            ended => ended,
        }
    })
}

/// The signals that are passed on.
const PASSED_ON: [Signal; 4] = [
    Signal::SIGTERM,
    Signal::SIGHUP,
    Signal::SIGINT,
    Signal::SIGQUIT,
];

/// Where the thread that starts the command leaves what it has.
#[derive(Default)]
struct Slots {
    listener: Mutex<Option<Result<OwnedFd, seccomp_profile::Error>>>,
    child: Mutex<Option<io::Result<Child>>>,
}

impl Slots {
    /// Takes the listener, as soon as it is there.
    fn listener(&self) -> Result<OwnedFd, seccomp_profile::Error> {
        loop {
            if let Some(listener) = self.listener.try_lock().ok().and_then(|mut it| it.take()) {
                return listener;
            }
            thread::sleep(Duration::from_millis(1));
        }
    }
}

/// Starts the command under the filter, which only this thread and its children have.
fn start(words: &[OsString], mask: SigSet, slots: &Slots) {
    let Some((program, arguments)) = words.split_first() else {
        return;
    };
    let mut command = Command::new(program);
    command.args(arguments);
    // `Command` lets the child inherit the mask, and a blocked signal would not end it.
    let restore = move || mask.thread_set_mask().map_err(io::Error::from);
    // SAFETY: between `fork` and `execve` this makes one system call, and allocates nothing.
    unsafe { command.pre_exec(restore) };
    // After the installation every call of this thread waits for the listener, and nothing receives
    // from the listener before it is in the slot. So the slot is locked before, and unlocking makes
    // no call, because no thread waits for the lock.
    let installed = slots
        .listener
        .lock()
        .is_ok_and(|mut slot| slot.insert(EVERY_CALL.install_with_listener()).is_ok());
    if !installed {
        return;
    }
    // Waits for the first answer, without a lock of the C library: until then the other thread
    // starts the keeper, and could need the lock.
    thread::yield_now();
    let child = command.spawn();
    if let Ok(mut slot) = slots.child.lock() {
        *slot = Some(child);
    }
    // The end of the thread is a call too: it wakes the watch, which then finds the child.
}

/// How far the command is.
enum State {
    Starting,
    Running(Child),
    Ended(ExitStatus),
}

struct Watch<'s> {
    listener: &'s Listener,
    keeper: Keeper,
    signals: SignalFd,
    slots: &'s Slots,
    command: State,
    name: Cow<'s, str>,
    /// Whether a signal came.
    asked: bool,
    /// Whether one came after the end of the command.
    stopped: bool,
}

impl Watch<'_> {
    /// Answers all calls until the last watched thread has ended, or a signal ends the watch.
    fn run(&mut self, watcher: &mut impl Watcher) -> Result<Ended, Failure> {
        let mut starter = Starter::new();
        let mut held: Option<(Notification<'_>, Instant)> = None;
        let (mut paused, mut called) = (Instant::now(), false);
        loop {
            let rest = called.then(|| PAUSE.saturating_sub(paused.elapsed()));
            let rest = if held.is_some() { Some(HOLD) } else { rest };
            let signalled = self.wait(rest).map_err(ended)?;
            let mut all_ended = false;
            for _ in 0..BATCH {
                match self.listener.try_receive() {
                    Ok(Some(call)) => {
                        match starter.part(&call) {
                            Part::Start => self.answer(call, Response::Continue)?,
                            Part::Wait if held.is_none() => held = Some((call, Instant::now())),
                            Part::Wait | Part::Command => {
                                let response = watcher.call(&call);
                                self.answer(call, response)?;
                                called = true;
                            }
                        }
                        let ready = |(call, since): &mut (Notification<'_>, Instant)| {
                            since.elapsed() >= HOLD || starter.is_ready_for(call)
                        };
                        if let Some((call, _)) = held.take_if(ready) {
                            let response = watcher.call(&call);
                            self.answer(call, response)?;
                            called = true;
                        }
                    }
                    Ok(None) => {
                        all_ended = true;
                        break;
                    }
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                    Err(error) => return Err(ended(error)),
                }
            }
            if let Some((call, _)) = held.take_if(|(_, since)| since.elapsed() >= HOLD) {
                let response = watcher.call(&call);
                self.answer(call, response)?;
                called = true;
            }
            if starter.ended || all_ended {
                self.look_at_child()?;
            }
            if starter.ended && signalled {
                self.pass_signals_on().map_err(ended)?;
            }
            if all_ended || self.stopped {
                let status = match all_ended {
                    true => Some(self.status()?),
                    false => None,
                };
                return Ok(Ended {
                    status,
                    asked: self.asked,
                    problem: None,
                });
            }
            if called && paused.elapsed() >= PAUSE {
                watcher.pause();
                self.keeper.pause();
                (paused, called) = (Instant::now(), false);
            }
        }
    }

    fn answer(&mut self, call: Notification<'_>, response: Response) -> Result<(), Failure> {
        let id = call.id();
        call.respond(response).map_err(ended)?;
        self.keeper.answered(id);
        Ok(())
    }

    /// Waits for a call or a signal; returns whether there is a signal.
    fn wait(&self, at_most: Option<Duration>) -> io::Result<bool> {
        let timeout = at_most.map(|rest| PollTimeout::try_from(rest).unwrap_or(PollTimeout::ZERO));
        let mut fds = [self.listener.as_fd(), self.signals.as_fd()]
            .map(|fd| PollFd::new(fd, PollFlags::POLLIN));
        match poll(&mut fds, timeout.unwrap_or(PollTimeout::NONE)) {
            Ok(_) => Ok(fds[1].any().unwrap_or(false)),
            Err(Errno::EINTR) => Ok(false),
            Err(errno) => Err(errno.into()),
        }
    }

    /// Takes the command from the thread that has started it.
    fn look_at_child(&mut self) -> Result<(), Failure> {
        if !matches!(self.command, State::Starting) {
            return Ok(());
        }
        match self
            .slots
            .child
            .try_lock()
            .ok()
            .and_then(|mut it| it.take())
        {
            None => Ok(()),
            Some(Ok(child)) => {
                self.command = State::Running(child);
                self.reap().map_err(ended)
            }
            Some(Err(error)) => Err(Failure::Wrong(format!("{}: {error}", self.name))),
        }
    }

    fn pass_signals_on(&mut self) -> io::Result<()> {
        while let Some(info) = self.signals.read_signal()? {
            let signal = Signal::try_from(info.ssi_signo as i32)?;
            if signal == Signal::SIGCHLD {
                self.reap()?;
                continue;
            }
            self.asked = true;
            match &self.command {
                State::Running(child) => {
                    // It has not been waited for, so the number is still its own.
                    let from_terminal = info.ssi_code == SI_KERNEL;
                    if !from_terminal {
                        kill(Pid::from_raw(child.id() as i32), signal)?;
                    }
                }
                State::Starting | State::Ended(_) => self.stopped = true,
            }
        }
        Ok(())
    }

    fn reap(&mut self) -> io::Result<()> {
        if let State::Running(child) = &mut self.command {
            if let Some(status) = child.try_wait()? {
                self.command = State::Ended(status);
            }
        }
        Ok(())
    }

    /// Returns how the command ended, after its end.
    fn status(&mut self) -> Result<ExitStatus, Failure> {
        self.look_at_child()?;
        match &mut self.command {
            State::Running(child) => child.wait().map_err(ended),
            State::Ended(status) => Ok(*status),
            State::Starting => Err(Failure::Wrong("the command was not started".into())),
        }
    }
}

/// `include/uapi/asm-generic/siginfo.h`: the terminal, not a process.
const SI_KERNEL: i32 = 0x80;

fn ended(error: io::Error) -> Failure {
    Failure::Wrong(format!("the watch ended: {error}"))
}
