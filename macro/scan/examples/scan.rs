//! Prints what a scan finds.
use seccomp_profile_scan::*;
fn main() {
    let path = std::env::args().nth(1).unwrap();
    let read = |path: &str| {
        std::fs::read(path).ok().map(|bytes| File {
            path: path.into(),
            bytes,
        })
    };
    let mut find = |wanted: &Wanted| {
        let dirs = ["", "/lib/x86_64-linux-gnu/", "/usr/lib/x86_64-linux-gnu/"];
        dirs.iter()
            .find_map(|dir| read(&format!("{dir}{}", wanted.name)))
    };
    let start = std::time::Instant::now();
    let scan = scan(
        read(&path).unwrap(),
        Options {
            cautious: std::env::args().nth(2).is_some(),
            arguments: Default::default(),
        },
        &mut find,
        &mut |_| {},
    )
    .unwrap();
    let mut all = std::collections::BTreeSet::new();
    let name = |f: usize| {
        let f = &scan.functions[f];
        format!("{}", f.name.clone().unwrap_or(format!("{:#x}", f.address)))
    };
    for site in &scan.sites {
        match &site.numbers {
            Numbers::Bounded(n) => {
                println!(
                    "site\t{}\t{:#x}\t{}\t{:?}",
                    scan.modules[site.module].path,
                    site.address,
                    name(site.function),
                    n.iter().map(|n| n.number).collect::<Vec<_>>()
                );
                all.extend(n.iter().map(|n| n.number))
            }
            Numbers::Unbounded(why) => println!(
                "OPEN\t{}\t{:#x}\t{}\t{why}",
                scan.modules[site.module].path,
                site.address,
                name(site.function)
            ),
        }
    }
    println!(
        "calls {} functions {} sites {} open {} {:?}",
        all.len(),
        scan.functions.len(),
        scan.sites.len(),
        scan.sites
            .iter()
            .filter(|s| matches!(s.numbers, Numbers::Unbounded(_)))
            .count(),
        start.elapsed()
    );
    if std::env::var("CHAIN").is_ok() {
        for w in &scan.warnings {
            if let Some(f) = w.function {
                println!(
                    "{} {}: {}",
                    w.kind,
                    scan.modules[scan.functions[f].module].path,
                    scan.chain(f)
                        .iter()
                        .map(|f| format!("{}{:?}", name(*f), scan.functions[*f].from.map(|f| f.1)))
                        .collect::<Vec<_>>()
                        .join(" > ")
                );
            }
        }
    }
    for w in &scan.warnings {
        println!("warning {w:?}");
    }
    if let Ok(call) = std::env::var("WHY") {
        let call: u32 = call.parse().unwrap();
        for s in &scan.sites {
            if let Numbers::Bounded(n) = &s.numbers {
                for n in n {
                    if n.number == call {
                        for f in &n.functions {
                            println!(
                                "why {}",
                                scan.chain(*f)
                                    .iter()
                                    .map(|f| name(*f))
                                    .collect::<Vec<_>>()
                                    .join(" > ")
                            );
                        }
                    }
                }
            }
        }
    }
}
