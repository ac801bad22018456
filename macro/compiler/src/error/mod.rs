//! What is wrong with a profile, and where: one type for all stages.
//!
//! A *span* is a place in the text, a *path* the same place in the words of JSON:
//! `syscalls[3].args[0].op`.

pub mod render;
pub mod suggest;

use std::fmt;

/// A range of bytes in the profile's text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// Offset of the first byte.
    pub start: usize,
    /// Offset behind the last byte.
    pub end: usize,
}

/// A value and where it stands. Two are equal if their values are.
#[derive(Clone, Copy, Debug)]
pub struct Spanned<T> {
    /// The value.
    pub value: T,
    /// Its place in the text.
    pub span: Span,
}

impl<T: PartialEq> PartialEq for Spanned<T> {
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value
    }
}

impl<T: Eq> Eq for Spanned<T> {}

macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident = $name:literal,)*) => {
        /// What is wrong, in one word; shown as `error[kind]`.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Kind { $($(#[$doc])* $kind,)* }

        impl Kind {
            /// Every kind.
            pub const ALL: &[Kind] = &[$(Kind::$kind,)*];

            /// Returns the name: `unknown-syscall`.
            pub const fn name(self) -> &'static str {
                match self { $(Kind::$kind => $name,)* }
            }
        }
    };
}

kinds! {
    /// Conditions on one argument that were ORed and together hold for every value.
    AlwaysTrueOr = "always-true-or",
    /// Architectures are listed twice, in two ways.
    ArchAndArchmap = "arch-and-archmap",
    /// The index of an argument is above 5.
    BadArgIndex = "bad-arg-index",
    /// No version of Linux.
    BadKernelVersion = "bad-kernel-version",
    /// An option has a value it cannot have.
    BadOption = "bad-option",
    /// Two rules with different actions can match the same call, and runtimes disagree on it.
    ConflictingRules = "conflicting-rules",
    /// The wanted value of a masked comparison has bits that the mask removes.
    DatumOutsideMask = "datum-outside-mask",
    /// A number does not fit an ABI that compares 32 bits.
    DatumTooWide = "datum-too-wide",
    /// A key stands twice in one object.
    DuplicateKey = "duplicate-key",
    /// A rule names no system call.
    EmptyNames = "empty-names",
    /// An errno is given as a number and as a name of another number.
    ErrnoDiffers = "errno-differs",
    /// An errno with an action that returns none.
    ErrnoOnAction = "errno-on-action",
    /// An errno that the action cannot carry.
    ErrnoRange = "errno-range",
    /// A flag that only works with a NOTIFY rule, and there is none.
    FlagNeedsNotify = "flag-needs-notify",
    /// The compiler's own program was not equal to the policy.
    InternalMismatch = "internal-mismatch",
    /// Metadata for a listener that is not named.
    ListenerMetadataWithoutPath = "listener-metadata-without-path",
    /// A required field is not there.
    MissingField = "missing-field",
    /// A rule's calls are listed twice, in two ways.
    NameAndNames = "name-and-names",
    /// A rule depends on something that the invocation does not say.
    NeedsContext = "needs-context",
    /// The profile could not be read.
    NotFound = "not-found",
    /// Violations are to be reported, and none is trapped.
    NothingTrapped = "nothing-trapped",
    /// NOTIFY as the default action.
    NotifyDefault = "notify-default",
    /// NOTIFY for `write`.
    NotifyWrite = "notify-write",
    /// The program would be longer than the kernel takes.
    ProgramTooLong = "program-too-long",
    /// The reporter of violations may not make a call that it needs.
    ReporterDenied = "reporter-denied",
    /// A rule list whose program could not be proved within bounds.
    RulesTooHard = "rules-too-hard",
    /// The oci-spec crate read the profile differently.
    SecondReader = "second-reader",
    /// Not JSON.
    Syntax = "syntax",
    /// The text or a list in it is larger than any profile.
    TooLarge = "too-large",
    /// No such action.
    UnknownAction = "unknown-action",
    /// No such architecture.
    UnknownArch = "unknown-arch",
    /// No such capability.
    UnknownCapability = "unknown-capability",
    /// No such errno on the target.
    UnknownErrno = "unknown-errno",
    /// No such field.
    UnknownField = "unknown-field",
    /// No such flag.
    UnknownFlag = "unknown-flag",
    /// No such lint.
    UnknownLint = "unknown-lint",
    /// No such operator.
    UnknownOp = "unknown-op",
    /// No such option.
    UnknownOption = "unknown-option",
    /// No such system call on any architecture.
    UnknownSyscall = "unknown-syscall",
    /// A second value with an operator that has one.
    ValueTwoWithoutMask = "value-two-without-mask",
    /// A value of another type than the field has.
    WrongType = "wrong-type",
    /// Lint: a condition that every argument satisfies.
    AlwaysTrue = "always-true",
    /// Lint: `clone3` is denied with an errno that no libc falls back on.
    Clone3Errno = "clone3-errno",
    /// Lint: what is forbidden by name has another name on a listed ABI.
    DefaultAllowForeignAbi = "default-allow-foreign-abi",
    /// Lint: an errno of 0, which callers take for success.
    ErrnoZero = "errno-zero",
    /// Lint: a program cannot end, or not return from a signal.
    ExitDenied = "exit-denied",
    /// Lint: 64 bits are compared of an argument that the kernel takes as 32.
    IntArgument = "int-argument",
    /// Lint: rings are allowed, whose work is not filtered.
    IoUring = "io-uring",
    /// Lint: one thread is killed of a program that can have more.
    KillThread = "kill-thread",
    /// Lint: `socketcall` or `ipc` is allowed whole, but not all that it reaches.
    MuxBypass = "mux-bypass",
    /// Lint: a condition that no argument satisfies.
    NeverTrue = "never-true",
    /// Lint: a rule behind one that always answers.
    UnreachableRule = "unreachable-rule",
}

/// The kinds that are lints.
pub const LINTS: [Kind; 11] = [
    Kind::AlwaysTrue,
    Kind::Clone3Errno,
    Kind::DefaultAllowForeignAbi,
    Kind::ErrnoZero,
    Kind::ExitDenied,
    Kind::IntArgument,
    Kind::IoUring,
    Kind::KillThread,
    Kind::MuxBypass,
    Kind::NeverTrue,
    Kind::UnreachableRule,
];

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    /// What kind of mistake.
    pub kind: Kind,
    /// Where; `None` for what has no place in the text.
    pub span: Option<Span>,
    /// The mistake in one sentence, lower case, things in backticks.
    pub message: Box<str>,
    /// A few words under the carets: what is expected, or a suggestion.
    pub label: String,
    /// The path to the place: `syscalls[3].args[0].op`.
    pub path: Box<str>,
    /// Another place that matters, with the words to show there.
    pub related: Option<Box<(Span, String)>>,
    /// Lines that explain.
    pub notes: Vec<String>,
}

impl Error {
    /// Makes an error of a kind at a place.
    pub fn new(kind: Kind, span: Span, message: impl Into<Box<str>>) -> Error {
        Error {
            span: Some(span),
            ..Error::nowhere(kind, message)
        }
    }

    /// Makes an error that has no place in the text.
    pub fn nowhere(kind: Kind, message: impl Into<Box<str>>) -> Error {
        Error {
            kind,
            span: None,
            message: message.into(),
            label: String::new(),
            path: Box::default(),
            related: None,
            notes: Vec::new(),
        }
    }

    /// Sets the words under the carets.
    pub fn label(mut self, label: impl Into<String>) -> Error {
        self.label = label.into();
        self
    }

    /// Sets the place in the text.
    pub(crate) fn span(self, span: Span) -> Error {
        Error {
            span: Some(span),
            ..self
        }
    }

    /// Sets the path to the place.
    pub fn path(mut self, path: impl Into<Box<str>>) -> Error {
        self.path = path.into();
        self
    }

    /// Sets the second place.
    pub fn related(mut self, span: Span, label: impl Into<String>) -> Error {
        self.related = Some(Box::new((span, label.into())));
        self
    }

    /// Adds a line that explains.
    pub fn note(mut self, note: impl Into<String>) -> Error {
        self.notes.push(note.into());
        self
    }
}

/// All that is wrong with a profile, in the order of the text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Errors {
    pub(crate) list: Vec<Error>,
}

impl Errors {
    /// How many errors are shown; a profile of the wrong format has one in every line.
    pub const SHOWN: usize = 20;
    /// How many are kept, and looked for.
    const KEPT: usize = 100;

    /// Adds an error, unless there are too many already.
    pub fn push(&mut self, error: Error) {
        if !self.is_full() {
            self.list.push(error);
        }
    }

    /// Returns whether it is useless to look for more.
    pub(crate) fn is_full(&self) -> bool {
        self.list.len() >= Errors::KEPT
    }

    /// Returns `value` if there is no error, all errors otherwise.
    ///
    /// # Errors
    /// The errors themselves.
    pub fn or<T>(mut self, value: T) -> Result<T, Errors> {
        if self.list.is_empty() {
            return Ok(value);
        }
        self.list = self.sorted();
        Err(self)
    }

    /// Takes the errors out, in the order of the text.
    pub(crate) fn sorted(&mut self) -> Vec<Error> {
        let mut list = std::mem::take(&mut self.list);
        list.sort_by_key(|error| error.span);
        // What one ABI objects to, the next often does too, in a message of its own.
        list.dedup_by(|b, a| (a.span, a.kind, &a.label) == (b.span, b.kind, &b.label));
        list
    }

    /// Returns the errors.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Error> {
        self.list.iter()
    }
}

impl From<Error> for Errors {
    fn from(error: Error) -> Errors {
        Errors { list: vec![error] }
    }
}

impl fmt::Display for Errors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, error) in self.list.iter().enumerate() {
            let end = if i + 1 == self.list.len() { "" } else { "\n" };
            write!(f, "error[{}]: {}{end}", error.kind.name(), error.message)?;
        }
        Ok(())
    }
}

impl std::error::Error for Errors {}
