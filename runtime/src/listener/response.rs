//! How a call that waits may end.

/// How a call ends whose arguments alone were looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Response {
    /// It does not run, and fails with this errno, 1 to 4095.
    Errno(u16),
    /// It does not run, and returns this; most architectures take -4095 to -1 for an errno.
    Value(i64),
    /// It runs, if no other filter of the caller has a stricter answer (Linux 5.5).
    ///
    /// What the arguments point to or stand for may have changed by then:
    /// [what a supervisor must not do](crate::Listener#what-a-supervisor-must-not-do).
    Continue,
}

/// Whether anybody was there to take the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Delivery {
    /// The caller was there to take it.
    Delivered,
    /// The caller was killed, or a signal interrupted its call. This happens, and is no error.
    Gone,
}

/// How a call ends whose memory was looked at: it does not run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Answer {
    /// It fails with this errno, 1 to 4095.
    Errno(u16),
    /// It returns this; most architectures take -4095 to -1 for an errno.
    Value(i64),
}

impl From<Answer> for Response {
    fn from(answer: Answer) -> Response {
        match answer {
            Answer::Errno(errno) => Response::Errno(errno),
            Answer::Value(value) => Response::Value(value),
        }
    }
}
