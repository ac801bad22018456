//! The program, its loader and its libraries: who provides which symbol.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::At;
use crate::image::Image;
use crate::parse::parse;
use crate::{Error, File, Wanted};

/// All modules, in the order in which the loader looks up symbols. The loader is the last.
pub(crate) struct Modules {
    pub(crate) images: Vec<Image>,
    pub(crate) missing: Vec<String>,
    symbols: BTreeMap<String, Vec<At>>,
    resolvers: BTreeSet<At>,
}

/// What the loader looks up by name and calls: `rtld_setup_main_map`, `__rtld_malloc_init_real` and
/// `_dl_call_libc_early_init` of glibc's `elf/`.
const CALLED: [&str; 6] = [
    "__libc_early_init",
    "malloc",
    "calloc",
    "free",
    "realloc",
    "__libc_memalign",
];

/// More modules than any program has.
const MOST: usize = 512;

impl Modules {
    /// Reads a program and what it needs.
    pub(crate) fn read(
        program: File,
        find: &mut dyn FnMut(&Wanted) -> Option<File>,
    ) -> Result<Modules, Error> {
        let mut images = vec![parse(program)?];
        let mut missing = Vec::new();
        let mut known = BTreeSet::new();
        let mut waiting: VecDeque<(usize, String)> = VecDeque::new();
        waiting.extend(images[0].needed.iter().map(|name| (0, name.clone())));
        let loader = images[0].interpreter.clone();
        let mut loader = loader.map(|path| (0, path));
        while let Some((by, name)) = waiting.pop_front().or_else(|| loader.take()) {
            let short = name.rsplit('/').next().unwrap_or(&name).to_string();
            let is_loader = waiting.is_empty() && loader.is_none();
            // The loader is a library too: `ld-linux-x86-64.so.2` is needed by libc.
            let late = |path: &(usize, String)| path.1.ends_with(&short);
            if !is_loader && loader.as_ref().is_some_and(late) {
                continue;
            }
            if images.len() >= MOST || !known.insert(short) {
                continue;
            }
            let wanted = Wanted {
                name: &name,
                by: &images[by].path,
                run_path: images[by].run_path.as_deref(),
            };
            let Some(file) = find(&wanted) else {
                missing.push(name);
                continue;
            };
            let image = parse(file)?;
            if image.arch != images[0].arch {
                missing.push(name);
                continue;
            }
            let index = images.len();
            waiting.extend(image.needed.iter().map(|name| (index, name.clone())));
            images.push(image);
        }
        let mut symbols: BTreeMap<String, Vec<At>> = BTreeMap::new();
        let mut resolvers = BTreeSet::new();
        for (module, image) in images.iter().enumerate() {
            for (name, addresses) in &image.exports {
                let found = addresses.iter().map(|address| At {
                    module,
                    address: *address,
                });
                symbols
                    .entry(name.clone())
                    .or_insert_with(|| found.collect());
            }
            for address in &image.resolvers {
                resolvers.insert(At {
                    module,
                    address: *address,
                });
            }
        }
        Ok(Modules {
            images,
            missing,
            symbols,
            resolvers,
        })
    }

    /// Returns what a name stands for, with or without the version behind `@`: in the first module
    /// that has it. A module without versions has all of them.
    pub(crate) fn lookup(&self, name: &str) -> Vec<At> {
        let found = |name: &str| self.symbols.get(name).map_or(&[][..], Vec::as_slice);
        let Some((plain, _)) = name.split_once('@') else {
            return found(name).to_vec();
        };
        let (exact, any) = (found(name), found(plain));
        let has_versions = |at: &At| !self.images[at.module].versions.is_empty();
        match (exact.first(), any.first()) {
            (Some(one), Some(other)) if has_versions(other) || one.module <= other.module => exact,
            _ => any,
        }
        .to_vec()
    }

    /// Returns what a name stands for in each module that has it: one can look it up in those behind
    /// it, and in one alone.
    pub(crate) fn everywhere(&self, name: &str) -> Vec<At> {
        let images = self.images.iter().enumerate();
        let found = images.filter_map(|(module, image)| Some((module, image.exports.get(name)?)));
        found
            .flat_map(|(module, addresses)| {
                let addresses = addresses.iter();
                addresses.map(move |&address| At { module, address })
            })
            .collect()
    }

    /// Returns what a name stands for in the first module but one that has it.
    pub(super) fn lookup_elsewhere(&self, name: &str, but: usize) -> Vec<At> {
        let plain = name.split_once('@').map_or(name, |(plain, _)| plain);
        for (module, image) in self.images.iter().enumerate().filter(|(at, _)| *at != but) {
            if let Some(found) = [name, plain]
                .iter()
                .find_map(|name| image.exports.get(*name))
            {
                let found = found.iter();
                return found.map(|&address| At { module, address }).collect();
            }
        }
        Vec::new()
    }

    /// Returns whether the loader calls a function to learn the address of another.
    pub(crate) fn is_resolver(&self, at: At) -> bool {
        self.resolvers.contains(&at)
    }

    /// Returns where the kernel and the loader start.
    pub(crate) fn roots(&self) -> Vec<At> {
        let program = &self.images[0];
        let mut roots = Vec::new();
        if program.entry != 0 {
            roots.push(At {
                module: 0,
                address: program.entry,
            });
        }
        if program.entry == 0 || program.is_library {
            let exports = program.exports.values().flatten();
            roots.extend(exports.map(|address| At {
                module: 0,
                address: *address,
            }));
        }
        for (module, image) in self.images.iter().enumerate() {
            roots.extend(image.roots.iter().map(|address| At {
                module,
                address: *address,
            }));
        }
        if self.images.len() > 1 && program.interpreter.is_some() {
            let last = self.images.len() - 1;
            roots.push(At {
                module: last,
                address: self.images[last].entry,
            });
            for name in CALLED {
                roots.extend(self.lookup(name));
            }
        }
        roots.retain(|at| self.images[at.module].is_code(at.address));
        roots
    }
}
