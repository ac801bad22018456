//! The name of a library → its file, as the loader of the program would find it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use seccomp_profile_scan::{File, Wanted};

use super::elf::Header;
use super::folders::folders;
use super::read::read;
use super::root::Root;

/// Names for which musl takes the file of its loader (`load_library` in `ldso/dynlink.c`).
const MUSL_HAS: [&str; 7] = ["c", "pthread", "rt", "m", "dl", "util", "xnet"];

/// Finds libraries.
pub(super) struct Search {
    root: Root,
    /// Folders that are searched before all others.
    first: Vec<PathBuf>,
    program: Header,
    /// Folders that are searched after all others.
    last: Vec<PathBuf>,
    /// What was found: the path → the header, and the module that needed it first.
    modules: BTreeMap<String, (Header, Option<String>)>,
    /// The real path of each found file → the path by which it was found first.
    real: BTreeMap<PathBuf, String>,
    /// What was not found: the name, and the module that needs it.
    pub(super) missing: BTreeSet<(String, String)>,
    /// Files that some processors load in place of one that was found.
    pub(super) instead: BTreeSet<String>,
}

impl Search {
    pub(super) fn new(program: &File, first: &[PathBuf], sysroot: Option<&Path>) -> Search {
        let header = Header::read(&program.bytes);
        let root = Root::new(sysroot);
        let mut search = Search {
            first: first.to_vec(),
            last: folders(&root, &header),
            root,
            modules: BTreeMap::from([(program.path.clone(), (header.clone(), None))]),
            real: BTreeMap::new(),
            program: header,
            missing: BTreeSet::new(),
            instead: BTreeSet::new(),
        };
        search.known(program.path.clone());
        search
    }

    /// Returns the name of the program's architecture; nothing if it cannot be scanned.
    pub(super) fn arch(&self) -> &'static str {
        self.program.arch
    }

    /// Returns a library; nothing if there is none, which is noted.
    pub(super) fn find(&mut self, wanted: &Wanted) -> Option<File> {
        for path in self.candidates(wanted) {
            let Ok(bytes) = read(&path) else { continue };
            let header = Header::read(&bytes);
            // A loader goes on after a library of another architecture.
            if header.arch != self.program.arch {
                continue;
            }
            self.look_for_others(&path);
            let path = self.known(path.to_string_lossy().into_owned());
            let by = Some(wanted.by.to_string());
            self.modules.entry(path.clone()).or_insert((header, by));
            return Some(File { path, bytes });
        }
        self.missing
            .insert((wanted.name.to_string(), wanted.by.to_string()));
        None
    }

    /// Returns the path by which a file was found first.
    fn known(&mut self, path: String) -> String {
        let real = std::fs::canonicalize(&path).unwrap_or_else(|_| PathBuf::from(&path));
        self.real.entry(real).or_insert(path).clone()
    }

    /// Returns where a library can be, the first place first.
    fn candidates(&self, wanted: &Wanted) -> Vec<PathBuf> {
        let name = Path::new(wanted.name);
        if wanted.name.contains('/') {
            return vec![self.root.here(name)];
        }
        if self.program.is_musl() {
            let word = wanted.name.strip_prefix("lib").unwrap_or_default();
            let word = word.split_once('.').map_or("", |(word, _)| word);
            if let (Some(loader), true) = (&self.program.interpreter, MUSL_HAS.contains(&word)) {
                return vec![self.root.here(Path::new(loader))];
            }
        }
        let first = self.first.iter().map(|folder| folder.join(name));
        let last = self.last.iter();
        let last = last.map(|folder| self.root.here(&folder.join(name)));
        first.chain(self.of_modules(wanted)).chain(last).collect()
    }

    /// Returns the places that `DT_RPATH` and `DT_RUNPATH` name. The first one counts for what libraries
    /// need, too, unless they have a `DT_RUNPATH` (ld.so(8)).
    fn of_modules(&self, wanted: &Wanted) -> Vec<PathBuf> {
        let mut places = Vec::new();
        let own = self.modules.get(wanted.by).map(|(header, _)| header);
        let run_path = own.map_or(wanted.run_path, |header| header.run_path.as_deref());
        match run_path {
            Some(path) => self.expand(path, wanted.by, wanted.name, &mut places),
            None => {
                let mut at = Some(wanted.by);
                // A library and what needs it can need each other.
                for _ in 0..=self.modules.len() {
                    let Some((header, by)) = at.and_then(|at| self.modules.get(at)) else {
                        break;
                    };
                    if let Some(path) = &header.inherited {
                        let by = at.unwrap_or_default();
                        self.expand(path, by, wanted.name, &mut places);
                    }
                    at = by.as_deref();
                }
            }
        }
        places
    }

    /// Adds where a library is in the folders of a list in which `$ORIGIN`, `$LIB` and `$PLATFORM` stand for something.
    fn expand(&self, list: &str, by: &str, name: &str, places: &mut Vec<PathBuf>) {
        let origin = match Path::new(by).parent() {
            Some(folder) if folder != Path::new("") => folder.to_string_lossy().into_owned(),
            _ => ".".into(),
        };
        let arch = self.program.arch;
        for path in list.split(':').filter(|path| !path.is_empty()) {
            let is_here = path.starts_with("$ORIGIN") || path.starts_with("${ORIGIN}");
            // Debian has the first one, Fedora the second one.
            for lib in [format!("lib/{arch}-linux-gnu"), "lib64".into()] {
                let mut expanded = String::from(path);
                for (name, value) in [("ORIGIN", &*origin), ("LIB", &*lib), ("PLATFORM", arch)] {
                    expanded = expanded.replace(&format!("${{{name}}}"), value);
                    expanded = expanded.replace(&format!("${name}"), value);
                }
                let place = Path::new(&expanded).join(name);
                let place = match is_here {
                    true => self.root.followed(&place),
                    false => self.root.here(&place),
                };
                if !places.contains(&place) {
                    places.push(place);
                }
            }
        }
    }

    /// Notes libraries that some processors load in place of this one
    /// (`sysdeps/x86_64/dl-hwcaps-subdirs.c` of glibc).
    fn look_for_others(&mut self, path: &Path) {
        let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else {
            return;
        };
        let levels = std::fs::read_dir(folder.join("glibc-hwcaps"))
            .into_iter()
            .flatten();
        let others = levels.filter_map(|level| Some(level.ok()?.path().join(name)));
        for other in others.filter(|other| other.is_file()) {
            self.instead.insert(other.to_string_lossy().into_owned());
        }
    }
}
