//! `run`: a command under a profile that is compiled at that moment.

use std::ffi::OsString;
use std::process::ExitCode;

use clap::Args;

use crate::Failure;
use crate::options::{LintOptions, ProfileOptions};

/// Runs a command under a profile, which is compiled at this moment.
///
/// The filter is installed in the child process before it executes the command, so the profile must
/// allow execve and the calls with which every program starts, as the groups spawn and threads do. The
/// exit status is that of the command, 128 and the number of the signal if one killed it, and 1 if
/// the command was not started.
///
/// Example: seccomp-profile run profile.json --with panic --with spawn --with threads -- ls /
#[derive(Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Run {
    /// The path of the profile, or - for standard input
    profile: String,
    #[command(flatten)]
    options: ProfileOptions,
    #[command(flatten)]
    lints: LintOptions,
    /// The command and its arguments
    #[arg(last = true, required = true, value_name = "COMMAND")]
    command: Vec<OsString>,
}

impl Run {
    #[cfg(not(target_os = "linux"))]
    pub(crate) fn run(&self) -> Result<ExitCode, Failure> {
        let _ = (&self.profile, &self.options, &self.lints, &self.command);
        Err(Failure::Wrong(
            "`run` confines a program, which only Linux can do; `inspect` works here".into(),
        ))
    }

    #[cfg(target_os = "linux")]
    pub(crate) fn run(&self) -> Result<ExitCode, Failure> {
        linux::run(self)
    }
}

#[cfg(target_os = "linux")]
mod linux {
    use std::os::unix::process::ExitStatusExt as _;
    use std::process::{Command, ExitCode, ExitStatus};

    use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process, waitid};
    use seccomp_profile::__private::{of_slice, since, sock_filter};
    use seccomp_profile::{CommandExt as _, Filter};
    use seccomp_profile_compiler::Compiled;
    use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGSYS, SIGTERM};
    use signal_hook::iterator::Signals;

    use super::Run;
    use crate::Failure;
    use crate::compose;
    use crate::failure::complain;
    use crate::texts::Texts;

    pub(super) fn run(run: &Run) -> Result<ExitCode, Failure> {
        let filter = run.filter()?;
        let (program, arguments) = run.command.split_first().ok_or_else(|| {
            let message = "the command is missing";
            Failure::Usage(message.into())
        })?;
        let name = program.to_string_lossy();
        let failed = |what: &str, error: &dyn std::fmt::Display| {
            Failure::Wrong(format!("{name}: {what}: {error}"))
        };
        // Before the child exists, so that none is lost.
        let signals = Signals::new([SIGTERM, SIGHUP, SIGINT, SIGQUIT]);
        let mut signals = signals.map_err(|error| failed("signals", &error))?;
        let mut command = Command::new(program);
        let child = command.args(arguments).seccomp(&filter).spawn();
        let mut child = child.map_err(|error| failed("not started", &error))?;
        let pid = Pid::from_child(&child);
        let handle = signals.handle();
        let passing = std::thread::spawn(move || {
            for signal in signals.forever() {
                // A terminal sends the other two to the command as well.
                let passed = match signal {
                    SIGTERM => Signal::TERM,
                    SIGHUP => Signal::HUP,
                    _ => continue,
                };
                // The command may have ended at this moment.
                let _ = kill_process(pid, passed);
            }
        });
        // While the child is a zombie, its number is of no other process.
        let ended = waitid(
            WaitId::Pid(pid),
            WaitIdOptions::EXITED | WaitIdOptions::NOWAIT,
        );
        ended.map_err(|error| failed("lost", &error))?;
        handle.close();
        let _ = passing.join();
        let status = child.wait().map_err(|error| failed("lost", &error))?;
        Ok(passed_on(status, &name))
    }

    impl Run {
        fn filter(&self) -> Result<Filter, Failure> {
            if !self.options.target.is_host()? {
                let message = "--target: a command can only be run on the target that this \
                               program is for";
                return Err(Failure::Usage(message.into()));
            }
            let mut options = self.options.options()?;
            self.lints.apply(&mut options)?;
            let texts = Texts::read(&self.profile, &self.options.with)?;
            let target = self.options.target.abi()?;
            let compiled = compose::compiled(&texts.sources()?, target, &options)?;
            let filter = loaded(&compiled);
            if filter.needs_listener() {
                let message = "the profile has SCMP_ACT_NOTIFY, and `run` is no supervisor";
                return Err(Failure::Wrong(message.into()));
            }
            if !filter.allows_exec() {
                let message = "the profile does not allow `execve`, by which the command is \
                               started under it: allow it there, or add --with spawn if no rule \
                               names it";
                return Err(Failure::Wrong(message.into()));
            }
            Ok(filter)
        }
    }

    /// The program as the kernel takes it. It stays in memory, as a filter that is embedded does.
    fn loaded(compiled: &Compiled) -> Filter {
        let insns = compiled.program.insns().iter().map(|insn| sock_filter {
            code: insn.code,
            jt: insn.jt,
            jf: insn.jf,
            k: insn.k,
        });
        let program: Vec<sock_filter> = insns.collect();
        let filter = of_slice(program.leak(), compiled.policy.flags);
        match compiled.kernel {
            Some(kernel) => since(filter, kernel.major, kernel.minor),
            None => filter,
        }
    }

    fn passed_on(status: ExitStatus, name: &str) -> ExitCode {
        let code = match (status.code(), status.signal()) {
            (Some(code), _) => code,
            (None, Some(signal)) => {
                if signal == SIGSYS {
                    complain(&format!(
                        "{name}: killed by SIGSYS: it made a call that the profile does not allow; \
                         `seccomp-profile try` in place of `run` shows the call"
                    ));
                }
                128 + signal
            }
            (None, None) => 1,
        };
        ExitCode::from(code as u8)
    }
}
