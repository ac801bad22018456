//! What is wrong with a profile, and where: one error type for all stages.
//!
//! A *span* is a place as a range of bytes in the text; a *path* is the same place as JSON fields:
//! `syscalls[3].args[0].op`.

pub mod render;
pub mod suggest;

use crate::sorted;
use std::fmt;

/// A range of bytes in the profile's text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// Offset of the first byte.
    pub start: usize,
    /// Offset after the last byte.
    pub end: usize,
}

/// A value and its place. Two are equal if their values are equal.
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
        /// The kind of an error or a lint; shown as `error[kind]`.
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
    /// Conditions on one argument that are combined with OR and match every value.
    AlwaysTrueOr = "always-true-or",
    /// The profile has both `architectures` and `archMap`.
    ArchAndArchmap = "arch-and-archmap",
    /// The index of an argument is above 5.
    BadArgIndex = "bad-arg-index",
    /// Not a Linux version.
    BadKernelVersion = "bad-kernel-version",
    /// An option cannot have this value.
    BadOption = "bad-option",
    /// Two files of a composition differ in what they must share.
    ConflictingFiles = "conflicting-files",
    /// Two rules with different actions can match the same call, and runtimes disagree about it.
    ConflictingRules = "conflicting-rules",
    /// The wanted value of a masked comparison has bits outside the mask.
    DatumOutsideMask = "datum-outside-mask",
    /// A number does not fit in a 32-bit argument.
    DatumTooWide = "datum-too-wide",
    /// An object has the same key twice.
    DuplicateKey = "duplicate-key",
    /// A rule names no system call.
    EmptyNames = "empty-names",
    /// The errno's number and its name differ.
    ErrnoDiffers = "errno-differs",
    /// The action does not take an errno.
    ErrnoOnAction = "errno-on-action",
    /// The errno is out of the action's range.
    ErrnoRange = "errno-range",
    /// The flag needs a NOTIFY rule, but the profile has none.
    FlagNeedsNotify = "flag-needs-notify",
    /// The compiled program differs from the policy: a defect of the compiler.
    InternalMismatch = "internal-mismatch",
    /// `listenerMetadata` without `listenerPath`.
    ListenerMetadataWithoutPath = "listener-metadata-without-path",
    /// A required field is missing.
    MissingField = "missing-field",
    /// A rule has both `name` and `names`.
    NameAndNames = "name-and-names",
    /// A rule depends on something that the invocation does not specify.
    NeedsContext = "needs-context",
    /// With a newer kernel the profile denies more than the filter does.
    NewerKernelStricter = "newer-kernel-stricter",
    /// The profile could not be read.
    NotFound = "not-found",
    /// The violation reporter is enabled, but the policy never returns TRAP.
    NothingTrapped = "nothing-trapped",
    /// The default action is NOTIFY.
    NotifyDefault = "notify-default",
    /// The action for `write` is NOTIFY.
    NotifyWrite = "notify-write",
    /// The program is longer than the kernel accepts.
    ProgramTooLong = "program-too-long",
    /// The policy denies a call that the violation reporter needs.
    ReporterDenied = "reporter-denied",
    /// A file or a group occurs twice in a composition.
    Repeated = "repeated",
    /// The proof of a rule list exceeds its limits.
    RulesTooHard = "rules-too-hard",
    /// The oci-spec crate reads the profile differently.
    SecondReader = "second-reader",
    /// Invalid JSON.
    Syntax = "syntax",
    /// The text, or a list in it, exceeds a limit.
    TooLarge = "too-large",
    /// Unknown action.
    UnknownAction = "unknown-action",
    /// Unknown architecture.
    UnknownArch = "unknown-arch",
    /// Unknown capability.
    UnknownCapability = "unknown-capability",
    /// Unknown constant, or one that an ABI of the set lacks.
    UnknownConstant = "unknown-constant",
    /// Unknown errno on the target.
    UnknownErrno = "unknown-errno",
    /// Unknown field.
    UnknownField = "unknown-field",
    /// Unknown flag.
    UnknownFlag = "unknown-flag",
    /// Unknown group.
    UnknownGroup = "unknown-group",
    /// Unknown lint.
    UnknownLint = "unknown-lint",
    /// Unknown operator.
    UnknownOp = "unknown-op",
    /// Unknown option.
    UnknownOption = "unknown-option",
    /// Unknown system call on any architecture.
    UnknownSyscall = "unknown-syscall",
    /// `valueTwo` with an operator that takes one value.
    ValueTwoWithoutMask = "value-two-without-mask",
    /// The value has the wrong type for its field.
    WrongType = "wrong-type",
    /// Lint: a condition on an argument that the call does not have.
    AbsentArgument = "absent-argument",
    /// Lint: a denial of a call that the target lacks, but not of the call that does the same there.
    AbsentCall = "absent-call",
    /// Lint: a denial that matches only if several namespace flags are set at once.
    AllBits = "all-bits",
    /// Lint: a condition that matches every argument.
    AlwaysTrue = "always-true",
    /// Lint: `clone3` is denied, but not with ENOSYS, after which a libc falls back to `clone`.
    Clone3Errno = "clone3-errno",
    /// Lint: a fault or `abort` cannot end the program.
    CrashDenied = "crash-denied",
    /// Lint: conditions without effect, because another rule has the same action for every call.
    DeadCondition = "dead-condition",
    /// Lint: a listed ABI has another call that does the same as a denied one.
    DefaultAllowForeignAbi = "default-allow-foreign-abi",
    /// Lint: errno 0, which means success to callers.
    ErrnoZero = "errno-zero",
    /// Lint: a program cannot exit, or cannot return from a signal handler.
    ExitDenied = "exit-denied",
    /// Lint: a condition compares 64 bits of an argument of which the kernel uses 32.
    IntArgument = "int-argument",
    /// Lint: io_uring is allowed, and filters do not see its operations.
    IoUring = "io-uring",
    /// Lint: an action kills one thread of a process that can have several.
    KillThread = "kill-thread",
    /// Lint: a denial that matches if no bit of a mask is set.
    MaskWithoutValue = "mask-without-value",
    /// Lint: a call is allowed, but not the one that C libraries make instead.
    MissingCounterpart = "missing-counterpart",
    /// Lint: a condition on an argument that an ABI passes elsewhere.
    MovedArgument = "moved-argument",
    /// Lint: `socketcall` or `ipc` bypasses conditions on a call that it multiplexes.
    MuxBypass = "mux-bypass",
    /// Lint: a comparison with a negative `int`, which callers extend in two ways.
    NegativeInt = "negative-int",
    /// Lint: a condition that matches no argument.
    NeverTrue = "never-true",
    /// Lint: numbers written as strings, which container engines do not read.
    NotPortable = "not-portable",
    /// Lint: a repeated index makes conditions on other arguments alternatives too.
    OrOfAll = "or-of-all",
    /// Lint: a comparison of an address.
    PointerArgument = "pointer-argument",
    /// Lint: another call does the same deed without conditions.
    SiblingBypass = "sibling-bypass",
    /// Lint: a rule after one that matches every call.
    UnreachableRule = "unreachable-rule",
    /// Lint: a group without effect, because the profile decides about all of its calls.
    UnusedGroup = "unused-group",
}

/// The kinds that are lints.
pub const LINTS: [Kind; 25] = [
    Kind::AbsentArgument,
    Kind::AbsentCall,
    Kind::AllBits,
    Kind::AlwaysTrue,
    Kind::Clone3Errno,
    Kind::CrashDenied,
    Kind::DeadCondition,
    Kind::DefaultAllowForeignAbi,
    Kind::ErrnoZero,
    Kind::ExitDenied,
    Kind::IntArgument,
    Kind::IoUring,
    Kind::KillThread,
    Kind::MaskWithoutValue,
    Kind::MissingCounterpart,
    Kind::MovedArgument,
    Kind::MuxBypass,
    Kind::NegativeInt,
    Kind::NeverTrue,
    Kind::NotPortable,
    Kind::OrOfAll,
    Kind::PointerArgument,
    Kind::SiblingBypass,
    Kind::UnreachableRule,
    Kind::UnusedGroup,
];

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    /// What kind of mistake.
    pub kind: Kind,
    /// Where; `None` for what has no place in the text.
    pub span: Option<Span>,
    /// The mistake in one sentence, in lower case, with code in backticks.
    pub message: Box<str>,
    /// A few words at the carets: what is expected, or a suggestion.
    pub label: String,
    /// The path: `syscalls[3].args[0].op`.
    pub path: Box<str>,
    /// A second place, and its label.
    pub related: Option<Box<(Span, String)>>,
    /// Lines of explanation.
    pub notes: Vec<String>,
}

impl Error {
    /// Returns an error at a place.
    pub fn new(kind: Kind, span: Span, message: impl Into<Box<str>>) -> Error {
        Error {
            span: Some(span),
            ..Error::nowhere(kind, message)
        }
    }

    /// Returns an error without a place in the text.
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

    /// Sets the words at the carets.
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

    /// Sets the path.
    pub fn path(mut self, path: impl Into<Box<str>>) -> Error {
        self.path = path.into();
        self
    }

    /// Sets the second place and its label.
    pub fn related(mut self, span: Span, label: impl Into<String>) -> Error {
        self.related = Some(Box::new((span, label.into())));
        self
    }

    /// Adds a line of explanation.
    pub fn note(mut self, note: impl Into<String>) -> Error {
        self.notes.push(note.into());
        self
    }
}

/// Everything that is wrong with a profile, in the order of the text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Errors {
    pub(crate) list: Vec<Error>,
}

impl Errors {
    /// How many errors are shown: a profile in a wrong format has an error in every line.
    pub const SHOWN: usize = 20;
    /// How many errors are collected.
    const KEPT: usize = 100;

    /// Adds an error, unless the list is full.
    pub fn push(&mut self, error: Error) {
        if !self.is_full() {
            self.list.push(error);
        }
    }

    /// Returns whether the list is full, so that a caller can stop.
    pub(crate) fn is_full(&self) -> bool {
        self.list.len() >= Errors::KEPT
    }

    /// Returns `value` if there is no error, otherwise all errors.
    ///
    /// # Errors
    /// All collected errors.
    pub fn or<T>(mut self, value: T) -> Result<T, Errors> {
        if self.list.is_empty() {
            return Ok(value);
        }
        self.list = self.sorted();
        Err(self)
    }

    /// Removes the errors and returns them in the order of the text.
    pub(crate) fn sorted(&mut self) -> Vec<Error> {
        let mut list = std::mem::take(&mut self.list);
        sorted::sort_by_key(&mut list, |error| error.span);
        // Several ABIs often report the same mistake, with messages that differ in the ABI's name.
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
