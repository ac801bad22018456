//! Text → text with colours, if the output is a terminal.

use anstream::{AutoStream, ColorChoice};
use anstyle::{AnsiColor, Style};
use seccomp_profile_compiler::linux::action::Action;

/// Whether there are colours.
#[derive(Clone, Copy)]
pub(crate) struct Paint {
    on: bool,
}

impl Paint {
    /// Colours on a terminal that has them, unless `NO_COLOR` has a value.
    pub(crate) fn of_stdout() -> Paint {
        let choice = AutoStream::choice(&std::io::stdout());
        Paint {
            on: choice != ColorChoice::Never,
        }
    }

    /// No colours.
    pub(crate) const fn none() -> Paint {
        Paint { on: false }
    }

    /// Makes a text stand out.
    pub(crate) fn bold(self, text: &str) -> String {
        self.wrap(Style::new().bold(), text)
    }

    /// Makes a text less visible.
    pub(crate) fn dim(self, text: &str) -> String {
        self.wrap(Style::new().dimmed(), text)
    }

    /// Writes a text in the colour of an action: green if the call runs, red if it ends the
    /// program.
    pub(crate) fn action(self, action: Action, text: &str) -> String {
        let colour = match action {
            Action::Allow => AnsiColor::Green,
            Action::Log => AnsiColor::Cyan,
            Action::Notify | Action::Trace(_) => AnsiColor::Blue,
            Action::Errno(_) => AnsiColor::Yellow,
            Action::Trap | Action::KillThread | Action::KillProcess => AnsiColor::Red,
        };
        self.wrap(colour.on_default(), text)
    }

    fn wrap(self, style: Style, text: &str) -> String {
        if self.on && !text.is_empty() {
            format!("{style}{text}{style:#}")
        } else {
            text.into()
        }
    }
}
