//! A superset of the system calls that an ELF program can make, from its code.
//!
//! [`scan()`] decodes what can be reached from where the program starts, and finds for each system
//! call instruction the numbers that can be in the register. What it cannot bound, it reports.

mod aarch64;
mod arch;
mod body;
mod bound;
mod flow;
mod image;
mod insn;
mod lookups;
mod objects;
mod parse;
mod reach;
mod relocation;
mod report;
#[cfg(test)]
mod shown;
mod state;
mod unwind;
mod value;
mod warnings;
mod x86_64;

use std::collections::BTreeSet;
use std::fmt;

pub use arch::Arch;
use reach::{Modules, Reach};

/// What can happen at run time, as far as code can tell.
#[derive(Clone, Debug)]
pub struct Scan {
    /// The architecture of the program.
    pub arch: Arch,
    /// The program, then its loader and its libraries.
    pub modules: Vec<Module>,
    /// What can be reached, the nearest to the start first.
    pub functions: Vec<Function>,
    /// Every system call instruction that can be reached, by module and address.
    pub sites: Vec<Site>,
    /// Calls that no instruction of the files makes: those of the kernel, and of its vDSO.
    pub elsewhere: Vec<Elsewhere>,
    /// What was seen that can do more than this tells.
    pub warnings: Vec<Warning>,
    /// What must be true for this to be a superset.
    pub assumptions: Vec<String>,
}

/// An ELF file.
#[derive(Clone, Debug)]
pub struct Module {
    /// As it was found.
    pub path: String,
}

/// A piece of code that starts at one address.
#[derive(Clone, Debug)]
pub struct Function {
    /// Index of [`Scan::modules`].
    pub module: usize,
    /// The address that the file gives it.
    pub address: u64,
    /// The symbol, as it is in the file.
    pub name: Option<String>,
    /// The function that comes before it on a shortest way from the start; none where the kernel or
    /// the loader starts.
    pub from: Option<(usize, Link)>,
}

/// How one function leads to another.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Link {
    /// By a call or a jump.
    Call,
    /// By its address in the code, or in data that the code uses.
    Pointer,
}

/// A system call instruction.
#[derive(Clone, Debug)]
pub struct Site {
    /// Index of [`Scan::modules`].
    pub module: usize,
    /// The address of the instruction that the file gives it.
    pub address: u64,
    /// Index of [`Scan::functions`]: the first of those that contain the instruction.
    pub function: usize,
    /// The numbers that can be called here, each with the function that decides it.
    pub numbers: Numbers,
}

/// The numbers of a site.
#[derive(Clone, Debug)]
pub enum Numbers {
    /// All of them, by number. Empty if no code that can be reached brings one here.
    Bounded(Vec<Number>),
    /// Not bounded: why.
    Unbounded(String),
}

/// A number of a site.
#[derive(Clone, Debug)]
pub struct Number {
    /// As the kernel takes it.
    pub number: u32,
    /// Index of [`Scan::functions`]: the functions that bring it here, such as callers of `syscall`.
    pub functions: Vec<usize>,
    /// For each argument of [`Options::arguments`] the values that are possible, if they are bounded.
    pub arguments: [Option<BTreeSet<u64>>; 6],
}

/// A call that no instruction of the files makes.
#[derive(Clone, Debug)]
pub struct Elsewhere {
    /// Its name.
    pub name: &'static str,
    /// Who makes it.
    pub by: &'static str,
}

/// Something that can do more than a scan tells.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Warning {
    /// What it is, in one word: `dlopen`, `foreign-entry`, …
    pub kind: &'static str,
    /// Index of [`Scan::functions`], if it is in one.
    pub function: Option<usize>,
    /// Whether calls can be missing in the answer that the files would show.
    pub incomplete: bool,
    /// What was found and what follows from it.
    pub message: String,
}

/// A file to read.
pub struct File {
    /// For messages.
    pub path: String,
    /// All of it.
    pub bytes: Vec<u8>,
}

/// A library that a module needs.
pub struct Wanted<'a> {
    /// `DT_NEEDED`, or the path of the loader.
    pub name: &'a str,
    /// The path of the module that needs it.
    pub by: &'a str,
    /// Its `DT_RUNPATH` or `DT_RPATH`, with `$ORIGIN` as it stands there.
    pub run_path: Option<&'a str>,
}

/// What is wanted.
#[derive(Clone, Default, Debug)]
pub struct Options {
    /// Every address of code in the data of a module counts, not only in objects that code uses.
    pub cautious: bool,
    /// The arguments to bound: a number and an index from 0 to 5.
    pub arguments: BTreeSet<(u32, usize)>,
}

/// Why there is no answer.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Error(pub String);

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Error {}

impl Scan {
    /// Returns whether every site is bounded, and no warning says that calls are missing.
    pub fn is_complete(&self) -> bool {
        let bounded = |site: &Site| matches!(site.numbers, Numbers::Bounded(_));
        let missing = |warning: &Warning| warning.incomplete;
        self.sites.iter().all(bounded) && !self.warnings.iter().any(missing)
    }

    /// Returns the functions on a shortest way from the start to one, both included.
    pub fn chain(&self, function: usize) -> Vec<usize> {
        let mut chain = vec![function];
        while let Some((from, _)) = self.functions[chain[chain.len() - 1]].from {
            chain.push(from);
        }
        chain.reverse();
        chain
    }
}

/// Returns what a program can do. `find` returns a library, or nothing if there is none: then that is
/// a warning, and what the library does is not in the answer. `progress` hears how many instructions
/// were decoded, from time to time.
///
/// # Errors
///
/// If the file is no ELF program or library of an [`Arch`].
pub fn scan(
    program: File,
    options: Options,
    find: &mut dyn FnMut(&Wanted) -> Option<File>,
    progress: &mut dyn FnMut(u64),
) -> Result<Scan, Error> {
    let modules = Modules::read(program, find)?;
    let mut reach = Reach::find(modules, options.cautious, progress);
    let mut lookups = lookups::lookups(&reach);
    while reach.add(&lookups.found, progress) {
        lookups = lookups::lookups(&reach);
    }
    if reach.is_exhausted {
        let what = "more code leads to other code than in any program; it is not scanned";
        return Err(Error(format!("`{}`: {what}", reach.modules.images[0].path)));
    }
    Ok(report::report(&reach, &lookups, &options))
}
