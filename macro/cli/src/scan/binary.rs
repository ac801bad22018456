//! A program on disk → what its code can do.

use std::collections::BTreeSet;
use std::path::PathBuf;

use clap::Args;
use seccomp_profile_compiler::Abi;
use seccomp_profile_scan::{Error, File, Numbers, Options, Scan, Site, Wanted, Warning, scan};

use super::calls::{Call, calls};
use super::progress::Progress;
use super::read::read;
use super::search::Search;
use crate::Failure;
use crate::inspect::phrase::plain;
use crate::options::ProfileOptions;

/// What is scanned, and how.
#[derive(Args)]
#[command(next_help_heading = "Options of the scan")]
pub(crate) struct Binary {
    /// Look for libraries in this folder first; can be repeated
    #[arg(long, value_name = "DIR")]
    library_path: Vec<PathBuf>,
    /// The folder that is `/` of the system that the program is for: libraries are those there
    #[arg(long, value_name = "DIR")]
    sysroot: Option<PathBuf>,
    /// Take every address of code in the data of a file as reachable, not only those in objects that
    /// code uses
    #[arg(long)]
    cautious: bool,
    /// Accept an answer that is not complete
    #[arg(long)]
    pub(crate) partial: bool,
    /// The program: an ELF file for x86_64 or aarch64
    #[arg(value_name = "BINARY", help_heading = "Arguments")]
    path: PathBuf,
}

/// What the code of a program can do.
pub(crate) struct Scanned {
    /// The path of the program.
    pub(crate) path: String,
    pub(crate) abi: Abi,
    pub(crate) scan: Scan,
    /// By number.
    pub(crate) calls: Vec<Call>,
    /// Libraries that were not found: the name, and the module that needs it.
    pub(crate) missing: BTreeSet<(String, String)>,
    /// Files that some processors load in place of one that was found.
    pub(crate) instead: BTreeSet<String>,
}

impl Binary {
    /// Reads the program.
    ///
    /// # Errors
    /// There is no such file, or it is no ELF file that can be scanned.
    pub(crate) fn open(&self) -> Result<Opened<'_>, Failure> {
        let path = self.path.to_string_lossy().into_owned();
        for folder in self.library_path.iter().chain(&self.sysroot) {
            if !folder.is_dir() {
                let message = format!("{}: there is no such folder", folder.display());
                return Err(Failure::Wrong(plain(&message)));
            }
        }
        let bytes =
            read(&self.path).map_err(|error| Failure::Wrong(plain(&format!("{path}: {error}"))))?;
        let file = File { path, bytes };
        let search = Search::new(&file, &self.library_path, self.sysroot.as_deref());
        match Abi::from_name(search.arch()) {
            Some(abi) => Ok(Opened {
                args: self,
                abi,
                file,
                search,
            }),
            None => match scan(file, Options::default(), &mut |_| None, &mut |_| {}) {
                Err(error) => Err(wrong(&error)),
                Ok(_) => Err(Failure::Wrong("an ELF file of an unknown kind".into())),
            },
        }
    }
}

fn wrong(error: &Error) -> Failure {
    Failure::Wrong(plain(&error.to_string()))
}

/// A program that was read.
pub(crate) struct Opened<'b> {
    args: &'b Binary,
    pub(crate) abi: Abi,
    file: File,
    search: Search,
}

impl Opened<'_> {
    /// Checks that the options of a profile name no other target than the program's.
    pub(crate) fn require_target(&self, options: &ProfileOptions) -> Result<(), Failure> {
        match options.target.given()? {
            Some(target) if target != self.abi => Err(Failure::Usage(format!(
                "--target: the program is for {}, not for {target}",
                self.abi
            ))),
            _ => Ok(()),
        }
    }

    /// Reads the code of the program and of its libraries. `arguments` are those to bound: the number
    /// of the call, and the index.
    ///
    /// # Errors
    /// The program, or a library, cannot be scanned.
    pub(crate) fn scan(self, arguments: BTreeSet<(u32, usize)>) -> Result<Scanned, Failure> {
        let (abi, mut search, path) = (self.abi, self.search, self.file.path.clone());
        let mut progress = Progress::new();
        let options = Options {
            cautious: self.args.cautious,
            arguments,
        };
        let scanned = scan(
            self.file,
            options,
            &mut |wanted: &Wanted| search.find(wanted),
            &mut |decoded| progress.show(decoded),
        );
        drop(progress);
        let scan = scanned.map_err(|error| wrong(&error))?;
        Ok(Scanned {
            path,
            abi,
            calls: calls(&scan, abi),
            scan,
            missing: search.missing,
            instead: search.instead,
        })
    }
}

impl Scanned {
    /// Returns whether nothing is open: every site is bounded, every library was found, and no
    /// warning says that calls are missing.
    pub(crate) fn is_complete(&self) -> bool {
        self.scan.is_complete() && self.missing.is_empty()
    }

    /// Returns the sites that are not bounded, with the reasons.
    pub(crate) fn open(&self) -> impl Iterator<Item = (&Site, &str)> {
        self.scan
            .sites
            .iter()
            .filter_map(|site| match &site.numbers {
                Numbers::Unbounded(why) => Some((site, why.as_str())),
                Numbers::Bounded(_) => None,
            })
    }

    /// Returns the warnings that say that calls are missing, but for libraries that were not found.
    pub(crate) fn missing_by_warnings(&self) -> impl Iterator<Item = &Warning> {
        let warnings = self.scan.warnings.iter();
        warnings.filter(|warning| warning.incomplete && warning.kind != "library")
    }

    /// Returns in a few words what is not complete; nothing if all is.
    pub(crate) fn lacks(&self) -> Option<String> {
        let (open, missing) = (self.open().count(), self.missing.len());
        let sites = match open {
            0 => None,
            1 => Some("1 system call instruction is not bounded".to_string()),
            _ => Some(format!("{open} system call instructions are not bounded")),
        };
        let libraries = match missing {
            0 => None,
            1 => Some("1 library was not found".to_string()),
            _ => Some(format!("{missing} libraries were not found")),
        };
        // A library that was not found is a warning, too.
        let others = self.missing_by_warnings().count();
        let others = match others {
            0 => None,
            1 => Some("1 warning says that calls are missing".to_string()),
            _ => Some(format!("{others} warnings say that calls are missing")),
        };
        let lacks = sites.into_iter().chain(libraries).chain(others);
        let lacks: Vec<String> = lacks.collect();
        (!lacks.is_empty()).then(|| lacks.join(", "))
    }

    /// Returns a call by its number.
    pub(crate) fn call(&self, nr: u32) -> Option<&Call> {
        self.calls.iter().find(|call| call.nr == nr)
    }
}
