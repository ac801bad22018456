//! What a program looks up by `dlsym` → functions that its modules have by these names.

use std::collections::BTreeSet;

use crate::bound::Bounds;
use crate::reach::{At, Id, Reach};

/// Functions that look up a symbol: the second parameter is its name.
const FUNCTIONS: [&str; 3] = ["dlsym", "dlvsym", "__libc_dlsym"];

/// What is looked up.
#[derive(Default)]
pub(crate) struct Lookups {
    /// What a name stands for, and who looks it up.
    pub(crate) found: BTreeSet<(Id, At)>,
    /// Who looks up names that are not known.
    pub(crate) unknown: BTreeSet<Id>,
}

/// Finds the names that are looked up in what is reached.
pub(crate) fn lookups(reach: &Reach) -> Lookups {
    let mut lookups = Lookups::default();
    let mut bounds = Bounds::new(reach);
    for (id, function) in reach.functions.iter().enumerate() {
        let image = &reach.modules.images[function.at.module];
        let name = image.name(function.at.address);
        if !name.is_some_and(|name| FUNCTIONS.contains(&name)) {
            continue;
        }
        let Some(decided) = bounds.second_parameter(id) else {
            lookups.unknown.insert(id);
            continue;
        };
        for (address, by) in decided {
            for by in by {
                let module = reach.functions[by].at.module;
                match reach.modules.images[module].string(address) {
                    Some(name) => {
                        let found = reach.modules.everywhere(&name);
                        lookups.found.extend(found.into_iter().map(|at| (by, at)));
                    }
                    None => {
                        lookups.unknown.insert(by);
                    }
                }
            }
        }
    }
    lookups
}
