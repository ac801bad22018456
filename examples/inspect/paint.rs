//! Text → text with colours, if the output is a terminal.

use std::io::IsTerminal;

use seccomp_profile_compiler::linux::action::Action;

/// Whether there are colours.
#[derive(Clone, Copy)]
pub(crate) struct Paint {
    on: bool,
}

impl Paint {
    /// Colours on a terminal, unless `NO_COLOR` has a value.
    pub(crate) fn of_stdout() -> Paint {
        let refused = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        Paint {
            on: std::io::stdout().is_terminal() && !refused,
        }
    }

    /// Makes a text stand out.
    pub(crate) fn bold(self, text: &str) -> String {
        self.wrap("1", text)
    }

    /// Makes a text less visible.
    pub(crate) fn dim(self, text: &str) -> String {
        self.wrap("2", text)
    }

    /// Writes a text in the colour of an action: green if the call runs, red if it ends the
    /// program.
    pub(crate) fn action(self, action: Action, text: &str) -> String {
        let code = match action {
            Action::Allow => "32",
            Action::Log => "36",
            Action::Notify | Action::Trace(_) => "34",
            Action::Errno(_) => "33",
            Action::Trap | Action::KillThread | Action::KillProcess => "31",
        };
        self.wrap(code, text)
    }

    fn wrap(self, code: &str, text: &str) -> String {
        if self.on && !text.is_empty() {
            format!("\u{1b}[{code}m{text}\u{1b}[0m")
        } else {
            text.into()
        }
    }
}
