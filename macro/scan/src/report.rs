//! What was found → [`Scan`].

use std::collections::{BTreeMap, BTreeSet};

use crate::bound::{Bounds, Decided};
use crate::lookups::Lookups;
use crate::reach::{At, Id, Reach};
use crate::warnings;
use crate::{Function, Module, Number, Numbers, Options, Scan, Site};

/// Bounds every site, and collects the rest.
pub(crate) fn report(reach: &Reach, lookups: &Lookups, options: &Options) -> Scan {
    let cautious = options.cautious;
    let images = &reach.modules.images;
    let mut bounds = Bounds::new(reach);
    let mut sites: BTreeMap<At, Vec<(Id, u64)>> = BTreeMap::new();
    for (id, function) in reach.functions.iter().enumerate() {
        for (address, reported) in &function.sites {
            let at = At {
                module: function.at.module,
                address: *reported,
            };
            sites.entry(at).or_default().push((id, *address));
        }
    }
    let sites: Vec<Site> = sites
        .into_iter()
        .map(|(at, functions)| Site {
            module: at.module,
            address: at.address,
            function: functions[0].0,
            numbers: site(&mut bounds, &functions, &options.arguments),
        })
        .collect();
    let mut assumptions: Vec<String> = warnings::ALWAYS.map(String::from).into();
    if !cautious {
        assumptions.push(warnings::OBJECTS.into());
    }
    assumptions.extend(bounds.assumed.iter().map(|text| (*text).to_string()));
    let warnings = warnings::warnings(reach, lookups, &sites);
    Scan {
        arch: images[0].arch,
        modules: images
            .iter()
            .map(|image| Module {
                path: image.path.clone(),
            })
            .collect(),
        functions: reach
            .functions
            .iter()
            .map(|function| Function {
                module: function.at.module,
                address: function.at.address,
                name: images[function.at.module]
                    .name(function.at.address)
                    .map(String::from),
                from: function.from,
            })
            .collect(),
        sites,
        elsewhere: warnings::elsewhere(reach),
        warnings,
        assumptions,
    }
}

fn site(bounds: &mut Bounds, places: &[(Id, u64)], wanted: &BTreeSet<(u32, usize)>) -> Numbers {
    let mut all = Decided::new();
    for (function, address) in places {
        match bounds.site(*function, *address) {
            Ok(decided) => {
                for (number, by) in decided {
                    all.entry(number).or_default().extend(by);
                }
            }
            Err(why) => return Numbers::Unbounded(why),
        }
    }
    let mut number = |(number, by): (u64, BTreeSet<Id>)| {
        let number = number as u32;
        let mut argument = |index: usize| -> Option<BTreeSet<u64>> {
            let is_protection = warnings::protection(bounds.arch(), number) == Some(index);
            if !wanted.contains(&(number, index)) && !is_protection {
                return None;
            }
            let mut values = BTreeSet::new();
            for (function, address) in places {
                values.extend(bounds.argument(*function, *address, index)?);
            }
            Some(values)
        };
        Number {
            number,
            functions: by.into_iter().collect(),
            arguments: [0, 1, 2, 3, 4, 5].map(&mut argument),
        }
    };
    Numbers::Bounded(all.into_iter().map(&mut number).collect())
}
