//! What was found → [`Scan`].

use std::collections::{BTreeMap, BTreeSet};

use crate::arch::Arch;
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
    let places: Vec<(At, Vec<(Id, u64)>)> = sites.into_iter().collect();
    let mut sites: Vec<Site> = places
        .iter()
        .map(|(at, functions)| Site {
            module: at.module,
            address: at.address,
            function: functions[0].0,
            numbers: site(&mut bounds, functions),
        })
        .collect();
    // After all numbers, so that these cost them nothing.
    bounds.limit();
    for (site, (_, functions)) in sites.iter_mut().zip(&places) {
        if let Numbers::Bounded(numbers) = &mut site.numbers {
            for number in numbers {
                arguments(&mut bounds, functions, number, &options.arguments);
            }
        }
    }
    let mut assumptions: Vec<String> = warnings::ALWAYS.map(String::from).into();
    if images[0].arch == Arch::Aarch64 {
        assumptions.push(warnings::PAGES.into());
    }
    if !cautious {
        assumptions.push(warnings::OBJECTS.into());
    }
    assumptions.extend(bounds.assumed.iter().map(|text| (*text).to_string()));
    let warnings = warnings::warnings(reach, &bounds, lookups, &sites);
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
        elsewhere: warnings::elsewhere(reach, &sites),
        sites,
        warnings,
        assumptions,
    }
}

fn site(bounds: &mut Bounds, places: &[(Id, u64)]) -> Numbers {
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
    let number = |(number, by): (u64, BTreeSet<Id>)| Number {
        number: number as u32,
        functions: by.into_iter().collect(),
        arguments: Default::default(),
    };
    Numbers::Bounded(all.into_iter().map(number).collect())
}

/// Bounds those arguments of a number at a site that are wanted.
fn arguments(
    bounds: &mut Bounds,
    places: &[(Id, u64)],
    number: &mut Number,
    wanted: &BTreeSet<(u32, usize)>,
) {
    for (index, argument) in number.arguments.iter_mut().enumerate() {
        let is_protection = warnings::protection(bounds.arch(), number.number) == Some(index);
        if !wanted.contains(&(number.number, index)) && !is_protection {
            continue;
        }
        let mut values = Some(BTreeSet::new());
        for (function, address) in places {
            let found = bounds.argument(*function, *address, index);
            values = values.zip(found).map(|(mut values, found)| {
                values.extend(found);
                values
            });
        }
        *argument = values;
    }
}
