//! What is wrong with a profile, and where: one type, one renderer.

use std::fmt::{self, Write as _};

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
    /// NOTIFY as the default action.
    NotifyDefault = "notify-default",
    /// NOTIFY for `write`.
    NotifyWrite = "notify-write",
    /// The program would be longer than the kernel takes.
    ProgramTooLong = "program-too-long",
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
    pub place: Box<str>,
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
            place: Box::default(),
            related: None,
            notes: Vec::new(),
        }
    }

    /// Sets the words under the carets.
    pub fn label(mut self, label: impl Into<String>) -> Error {
        self.label = label.into();
        self
    }

    /// Gives the error a place in the text.
    pub(crate) fn within(self, span: Span) -> Error {
        Error {
            span: Some(span),
            ..self
        }
    }

    /// Sets the path to the place.
    pub fn at(mut self, place: impl Into<Box<str>>) -> Error {
        self.place = place.into();
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

    /// Writes the error as a compiler would, with the lines it is about.
    ///
    /// The first line is `path:line:column: error[kind]: message`, which editors turn into a link;
    /// columns count characters from 1.
    pub fn render(&self, path: &str, text: &str) -> String {
        self.render_as("error", path, text)
    }

    /// Writes a lint that is no error, as [`render`](Error::render) does: `warning[kind]`.
    pub fn render_warning(&self, path: &str, text: &str) -> String {
        self.render_as("warning", path, text)
    }

    fn render_as(&self, level: &str, path: &str, text: &str) -> String {
        let mut out = String::from(path);
        if let Some(span) = self.span {
            let place = Place::of(span, text);
            let _ = write!(out, ":{}:{}", place.line, place.column);
        }
        let _ = write!(out, ": {level}[{}]: {}", self.kind.name(), self.message);
        let places: Vec<(Place<'_>, &str)> = self
            .span
            .iter()
            .map(|&span| (Place::of(span, text), self.label.as_str()))
            .chain(
                self.related
                    .iter()
                    .map(|related| (Place::of(related.0, text), related.1.as_str())),
            )
            .collect();
        let width = places
            .iter()
            .map(|(place, _)| place.line.to_string().len())
            .max()
            .unwrap_or(1);
        let gutter = " ".repeat(width);
        for (place, label) in &places {
            place.snippet(label, width, &mut out);
        }
        if !places.is_empty() && (!self.place.is_empty() || !self.notes.is_empty()) {
            let _ = write!(out, "\n{gutter} |");
        }
        // Without a snippet the label has no carets to stand at.
        let label = (self.span.is_none() && !self.label.is_empty()).then(|| self.label.clone());
        let place = (!self.place.is_empty()).then(|| format!("in `{}`", self.place));
        for note in label.iter().chain(&place).chain(&self.notes) {
            let _ = write!(out, "\n{gutter} = {note}");
        }
        out
    }
}

/// All that is wrong with a profile, in the order of the text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Errors {
    list: Vec<Error>,
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

    /// Writes each error as a text of its own, at most [`SHOWN`](Errors::SHOWN) of them; the last
    /// one says how many are left out.
    pub fn render(&self, path: &str, text: &str) -> Vec<String> {
        let mut texts: Vec<String> = self
            .list
            .iter()
            .take(Errors::SHOWN)
            .map(|error| error.render(path, text))
            .collect();
        let hidden = self.list.len().saturating_sub(Errors::SHOWN);
        if let (Some(last), 1..) = (texts.last_mut(), hidden) {
            let more = if self.is_full() { "at least " } else { "" };
            let _ = write!(last, "\nand {more}{hidden} more errors in {path}");
        }
        texts
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

/// A span as a reader finds it: one line of the text and the columns in it.
struct Place<'a> {
    line: usize,
    column: usize,
    text: &'a str,
    /// The line up to the span, and the part of the span that lies on the line.
    before: &'a str,
    marked: &'a str,
}

impl<'a> Place<'a> {
    fn of(span: Span, text: &'a str) -> Place<'a> {
        let start = floor(text, span.start);
        let end = floor(text, span.end).max(start);
        let line_start = text[..start].rfind('\n').map_or(0, |at| at + 1);
        let line_end = text[start..].find('\n').map_or(text.len(), |at| start + at);
        let line = text[line_start..line_end].trim_end_matches('\r');
        let line_end = (line_start + line.len()).max(start);
        Place {
            line: text[..start].matches('\n').count() + 1,
            column: text[line_start..start].chars().count() + 1,
            text: line,
            before: &text[line_start..start],
            marked: &text[start..end.min(line_end)],
        }
    }

    /// Appends the line with carets under the marked part. Tabs stay tabs, so that the carets
    /// stand where a terminal shows the text.
    fn snippet(&self, label: &str, width: usize, out: &mut String) {
        let (from, line) = self.window();
        let gutter = " ".repeat(width);
        let pad: String = self
            .before
            .chars()
            .skip(from)
            .map(|c| if c == '\t' { '\t' } else { ' ' })
            .collect();
        let carets = "^".repeat(self.marked.chars().count().clamp(1, Place::WIDEST));
        let pad = if from == 0 { pad } else { format!("   {pad}") };
        let number = self.line;
        let _ = write!(
            out,
            "\n{gutter} |\n{number:>width$} | {line}\n{gutter} | {pad}{carets}"
        );
        if !label.is_empty() {
            let _ = write!(out, " {label}");
        }
    }

    const WIDEST: usize = 60;

    /// The part of the line to show (minified JSON has one line of thousands of columns) and the
    /// character it begins with.
    fn window(&self) -> (usize, String) {
        let length = self.text.chars().count();
        if length <= 2 * Place::WIDEST {
            return (0, printable(self.text.chars()));
        }
        let from = self
            .before
            .chars()
            .count()
            .saturating_sub(Place::WIDEST / 2);
        let mut line = String::from(if from == 0 { "" } else { "..." });
        line.push_str(&printable(
            self.text.chars().skip(from).take(2 * Place::WIDEST),
        ));
        if from + 2 * Place::WIDEST < length {
            line.push_str("...");
        }
        (from, line)
    }
}

/// Control characters would move the caret, or the reader's terminal.
fn printable(chars: impl Iterator<Item = char>) -> String {
    chars
        .map(|c| {
            if c.is_control() && c != '\t' {
                '\u{fffd}'
            } else {
                c
            }
        })
        .collect()
}

/// The nearest character boundary at or before `at`.
fn floor(text: &str, at: usize) -> usize {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}
