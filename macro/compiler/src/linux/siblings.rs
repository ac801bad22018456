//! `siblings.csv` → other calls that do the same deed, and which of them the C libraries make.
//!
//! One line a call and deed, sorted by deed, rank and name. A call that can do several deeds has
//! several lines; one without siblings has none (`tests/siblings.rs` lists those).
//!
//! | column | what |
//! |---|---|
//! | `deed` | what the calls do, as it reads after "to" |
//! | `call` | a name of `syscalls.csv` |
//! | `rank` | a call does all that calls of its own and of lower ranks in the deed do, but not what higher ranks do: `creat` (1) is a lesser `open` (2), and nobody who denies `open` means `creat`. Rank 0 is a step of the deed that does nothing alone. |
//! | `arguments` | `part=source`, separated by spaces: where the call takes a part of the deed from. `a0` is its first argument, counted as on most ABIs (`arguments.csv` has the others); `0`, `-1` or a constant is what the call always does; `*` is not for a filter to see, as it lies in memory or can be anything. |
//! | `glibc`, `musl`, `bionic` | the ABIs where the C library makes the call, see below; glibc 2.41, musl 1.2.5, Android's of 2025 |
//! | `with` | a call that the libraries make beside this one for the same deed: the time64 form, first or for times that 32 bits do not express; `clone` where `clone3` is not there |
//! | `beyond` | what this call can do that lower ranks cannot, or how it differs from others of its rank |
//!
//! A cell of a library is `PLAIN~OWN` or `PLAIN`. PLAIN says on which ABIs the function that
//! programs use for the deed makes the call (`open()` makes `openat` in glibc), OWN on which ABIs
//! another function does, mostly of the call's own name (`linkat()`). Each is a list of words that
//! all must fit: `*` for all ABIs that have the call; columns of `syscalls.csv`, `w32` and `w64`
//! (by the size of `long`), joined by `/`; `-COLUMN` for not there; `!CALL` for ABIs that lack
//! that other call. Nothing is nowhere. What a library falls back to when it is told ENOSYS does
//! not count.
//!
//! Android runs on x86, x86_64, arm, aarch64 and riscv64, so Bionic's words mean no other ABI.

use crate::linux::abi::{Abi, Width};
use crate::linux::{constants, syscalls, table};
use crate::sorted;

/// The ABIs that have Bionic.
const ANDROID: [Abi; 5] = [Abi::X86, Abi::X86_64, Abi::Arm, Abi::Aarch64, Abi::Riscv64];

/// A call as a way to do a deed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Form {
    /// What it does, as it reads after "to": `open a file`.
    pub deed: &'static str,
    /// The name of the call.
    pub call: &'static str,
    /// What is in the column `beyond`.
    pub beyond: &'static str,
    rank: u8,
    arguments: &'static str,
    libraries: [&'static str; 3],
    with: &'static str,
}

/// Where a call takes a part of a deed from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Source {
    Argument(usize),
    Constant(u64),
    Unseen,
}

impl Form {
    /// Returns the parts of the deed that the call expresses on an ABI.
    fn parts(&self, abi: Abi) -> impl Iterator<Item = (&'static str, Source)> + use<> {
        self.arguments.split_ascii_whitespace().map(move |part| {
            let (name, source) = part.split_once('=').unwrap_or((part, "*"));
            let argument = source.strip_prefix('a').and_then(|at| at.parse().ok());
            let source = match (argument, source) {
                (Some(at @ 0..6), _) => Source::Argument(at),
                (_, "0") => Source::Constant(0),
                (_, "-1") => Source::Constant(u64::MAX),
                // Neither can `*` be compared, nor a constant that the ABI lacks.
                _ => constants::joined(abi, source).map_or(Source::Unseen, Source::Constant),
            };
            (name, source)
        })
    }

    fn part(&self, abi: Abi, name: &str) -> Option<Source> {
        let mut parts = self.parts(abi);
        parts.find_map(|(part, source)| (part == name).then_some(source))
    }

    /// Returns whether a filter does not see all that the call is to do.
    pub fn is_unseen(&self, abi: Abi) -> bool {
        let mut parts = self.parts(abi);
        parts.any(|(_, source)| source == Source::Unseen)
    }

    /// Returns whether the call names the file that it is about as another form does: by a path,
    /// or by a descriptor.
    pub fn is_about_the_same(&self, other: &Form) -> bool {
        let has = |form: &Form, part: &str| form.arguments.split(' ').any(|a| a.starts_with(part));
        let both = |part| has(self, part) == has(other, part);
        both("path=") && both("fd=")
    }

    /// Returns whether glibc or musl make the call for the deed on an ABI, in the function that
    /// programs use for it.
    fn is_plain(&self, abi: Abi) -> bool {
        // Not Bionic: its forms do not help the programs of the others.
        let mut cells = self.cells(abi).take(2);
        cells.any(|cell| hold(cell.split('~').next().unwrap_or(""), abi))
    }

    /// Returns whether some C library makes the call on an ABI.
    fn is_made(&self, abi: Abi) -> bool {
        let everywhere = |cell: &&str| **cell == *"*" || cell.ends_with("~*");
        if self.libraries[..2].iter().any(everywhere) {
            return self.exists(abi);
        }
        let mut cells = self.cells(abi);
        cells.any(|cell| cell.split('~').any(|words| hold(words, abi)))
    }

    /// Returns the cells of the C libraries that an ABI has, if it has the call.
    fn cells(&self, abi: Abi) -> impl Iterator<Item = &'static str> + use<> {
        let libraries = match (self.exists(abi), ANDROID.contains(&abi)) {
            (false, _) => 0,
            (true, false) => 2,
            (true, true) => 3,
        };
        self.libraries.into_iter().take(libraries)
    }

    fn exists(&self, abi: Abi) -> bool {
        syscalls::number(abi, self.call).is_some()
    }
}

/// Returns whether an ABI fits all words of a cell.
fn hold(words: &str, abi: Abi) -> bool {
    let one = |word: &str| match word {
        "*" => true,
        "w32" => abi.width() == Width::W32,
        "w64" => abi.width() == Width::W64,
        column => column == abi.column(),
    };
    let all = |word: &str| match word.split_at(1) {
        ("!", call) => syscalls::number(abi, call).is_none(),
        ("-", column) => column != abi.column(),
        _ => word.split('/').any(one),
    };
    !words.is_empty() && words.split(' ').all(all)
}

// The lines; and their places in the order of calls, with the key of each call. `tests/tables.rs`
// writes it.
include!("siblings.in");

/// Returns every line of the table.
pub fn forms() -> &'static [Form] {
    &FORMS
}

/// Returns the deeds of a call.
pub fn of(call: &str) -> impl Iterator<Item = &'static Form> + use<> {
    let key = table::key(call);
    let mut start = table::first(&BY_CALL, key, |(_, key)| *key);
    while start < BY_CALL.len() && BY_CALL[start].1 == key && FORMS[BY_CALL[start].0].call != call {
        start += 1;
    }
    let mut end = start;
    while end < BY_CALL.len() && FORMS[BY_CALL[end].0].call == call {
        end += 1;
    }
    BY_CALL[start..end].iter().map(|(at, _)| &FORMS[*at])
}

/// Returns the other calls of a deed, those that do not do all of it too.
pub fn others(form: &Form) -> impl Iterator<Item = &'static Form> + use<> {
    let (deed, call) = (form.deed, form.call);
    let forms = forms();
    let start = forms.partition_point(|other| other.deed < deed);
    let count = forms[start..].partition_point(|other| other.deed == deed);
    let all = forms[start..start + count].iter();
    all.filter(move |other| other.call != call)
}

/// Returns the calls that do all that a call does in one of its deeds: denying it without them
/// denies nothing.
///
/// ```
/// use seccomp_profile_compiler::linux::siblings;
///
/// let mut open = siblings::of("openat").flat_map(siblings::stand_ins);
/// assert!(open.any(|form| form.call == "openat2"));
/// // `fork` starts no threads.
/// let mut clone = siblings::of("clone").flat_map(siblings::stand_ins);
/// assert!(clone.all(|form| form.call == "clone3"));
/// ```
pub fn stand_ins(form: &Form) -> impl Iterator<Item = &'static Form> + use<> {
    let rank = form.rank;
    others(form).filter(move |other| other.rank >= rank && other.rank > 0)
}

/// Returns how two forms of a deed do exactly the same: the arguments of the first, as near to
/// `args` as the second allows, and the arguments of the second.
///
/// Nothing if the second cannot do what the first does with these arguments.
///
/// ```
/// use seccomp_profile_compiler::Abi;
/// use seccomp_profile_compiler::linux::siblings::{alike, of};
///
/// let (Some(openat), Some(open)) = (of("openat").next(), of("open").next()) else { panic!() };
/// let cwd = -100_i64 as u64;
/// let wanted = alike(Abi::X86_64, openat, open, [3, 7, 0x41, 0o600, 0, 0]);
/// assert_eq!(wanted, Some(([cwd, 7, 0x41, 0o600, 0, 0], [7, 0x41, 0o600, 0, 0, 0])));
/// ```
pub fn alike(
    abi: Abi,
    first: &Form,
    second: &Form,
    args: [u64; 6],
) -> Option<([u64; 6], [u64; 6])> {
    let (mut ours, mut theirs) = (args, [0; 6]);
    for (name, source) in first.parts(abi) {
        match (source, second.part(abi, name)) {
            (Source::Argument(at), Some(Source::Constant(value))) => ours[at] = value,
            (Source::Constant(value), Some(Source::Constant(other))) if value != other => {
                return None;
            }
            (Source::Constant(value), Some(Source::Argument(at))) => theirs[at] = value,
            _ => {}
        }
    }
    for (name, source) in first.parts(abi) {
        if let (Source::Argument(from), Some(Source::Argument(to))) =
            (source, second.part(abi, name))
        {
            theirs[to] = ours[from];
        }
    }
    Some((ours, theirs))
}

/// Returns whether a C library makes a call on an ABI that has it; a call without siblings has no
/// other that they could make.
pub fn is_made(abi: Abi, call: &str) -> bool {
    let mut of = of(call).peekable();
    match of.peek() {
        None => syscalls::number(abi, call).is_some(),
        Some(_) => of.any(|form| form.is_made(abi)),
    }
}

/// Returns the calls that glibc and musl make on an ABI for the deed of a call that no C library
/// makes there, or that the ABI lacks. One of them is enough.
///
/// ```
/// use seccomp_profile_compiler::Abi;
/// use seccomp_profile_compiler::linux::siblings::counterparts;
///
/// assert_eq!(counterparts(Abi::Aarch64, "epoll_wait"), ["epoll_pwait"]);
/// assert_eq!(counterparts(Abi::X86, "mmap"), ["mmap2"]);
/// // glibc makes it.
/// assert!(counterparts(Abi::X86_64, "epoll_wait").is_empty());
/// ```
pub fn counterparts(abi: Abi, call: &str) -> Vec<&'static str> {
    if is_made(abi, call) {
        return Vec::new();
    }
    let mut found = Vec::new();
    for form in of(call) {
        let same =
            stand_ins(form).filter(|other| other.is_plain(abi) && form.is_about_the_same(other));
        found.extend(same.map(|other| other.call));
    }
    sorted::sort_unique(&mut found);
    found
}

/// Returns the other calls by which glibc and musl do a deed of a call, on any ABI, sorted: what a
/// program makes in place of it that is built for another library or ABI.
///
/// ```
/// use seccomp_profile_compiler::linux::siblings::elsewhere;
///
/// assert_eq!(elsewhere("openat"), ["open"]);
/// assert_eq!(elsewhere("epoll_wait"), ["epoll_pwait"]);
/// assert!(elsewhere("getpid").is_empty());
/// ```
pub fn elsewhere(call: &str) -> Vec<&'static str> {
    let mut found: Vec<&str> = Vec::new();
    for form in of(call) {
        let same = others(form).filter(|other| {
            let plain = || Abi::ALL.iter().any(|abi| other.is_plain(*abi));
            other.rank > 0 && form.is_about_the_same(other) && plain()
        });
        found.extend(same.map(|other| other.call));
        found.extend(Some(form.with).filter(|with| !with.is_empty()));
    }
    sorted::sort_unique(&mut found);
    found
}

/// Returns the call that glibc and musl make beside a call, where the ABI has it: `futex_time64`
/// beside `futex`, `clone` beside `clone3`.
///
/// Of a time64 call, ENOSYS makes them fall back to the older one, and no other errno does. For
/// `clone` there is nothing to fall back to.
pub fn beside(abi: Abi, call: &str) -> Option<&'static str> {
    let mut with = of(call).map(|form| form.with);
    with.find(|with| !with.is_empty() && syscalls::number(abi, with).is_some())
}
