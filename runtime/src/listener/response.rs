//! The answers to a call that waits, and whether an answer was delivered.

/// The answer to a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Response {
    /// The call does not run, and fails with this errno, from 1 to 4095.
    Errno(u16),
    /// The call does not run, and returns this value. Most architectures treat -4095 to -1 as an
    /// errno.
    Value(i64),
    /// The call runs, unless another filter of the caller has a stricter action. This needs Linux
    /// 5.5.
    ///
    /// The memory that the arguments point to may have changed since the call was received: see
    /// [what a supervisor must not do](crate::Listener#what-a-supervisor-must-not-do).
    Continue,
}

/// Whether the caller received the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Delivery {
    /// The caller received the answer.
    Delivered,
    /// The caller did not wait any more: it was killed, or a signal interrupted its call. This is
    /// not an error.
    Gone,
}

/// The answer to a call after its memory was read: it cannot allow the call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Answer {
    /// The call fails with this errno, from 1 to 4095.
    Errno(u16),
    /// The call returns this value. Most architectures treat -4095 to -1 as an errno.
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
