//! Short lists of calls, as programs have that confine themselves, beside libseccomp's programs.
//! `lists.txt` has the lists, `programs.txt` records ours; `BLESS=1` rewrites it.
#![allow(missing_docs)]

#[path = "../support/golden.rs"]
mod golden;

use std::fmt::Write;
use std::path::Path;

use seccomp_profile_compiler::stats::stats;
use seccomp_profile_compiler::{Abi, Options, compile};

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/short");

/// Our programs test the call number for x32 in two instructions more.
const MORE: usize = 2;

/// For few lists both cannot be had: how many may have a longer program, by how many instructions, and
/// how many a slower one.
const LONGER: (usize, usize) = (7, 1);
const SLOWER: usize = 1;

#[test]
fn short_lists_are_short_and_fast() {
    let text = std::fs::read_to_string(Path::new(FOLDER).join("lists.txt")).unwrap();
    let mut table = String::from("calls  ours linear  tree   mean of tree\n");
    let (mut longer, mut slower) = (Vec::new(), Vec::new());
    let lists = text.lines().filter(|line| !line.starts_with('#'));
    for line in lists {
        let words: Vec<&str> = line.split(' ').collect();
        let [linear, tree, tree_mean, names @ ..] = &words[..] else {
            panic!("{line}");
        };
        let (linear, tree): (usize, usize) = (linear.parse().unwrap(), tree.parse().unwrap());
        let tree_mean: f64 = tree_mean.parse().unwrap();
        let profile = format!(
            r#"{{ "defaultAction": "SCMP_ACT_ERRNO", "syscalls": [{{ "names": ["{}"], "action": "SCMP_ACT_ALLOW" }}] }}"#,
            names.join("\", \"")
        );
        let compiled = compile(&profile, Abi::X86_64, &Options::default()).unwrap();
        let ours = stats(&compiled.policy, &compiled.program);
        let limit = linear.min(tree) + MORE;
        if ours.instructions > limit {
            longer.push(ours.instructions - limit);
        }
        if ours.mean > tree_mean + 0.005 {
            slower.push(names.len());
        }
        writeln!(
            table,
            "{:5} {:5} {linear:6} {tree:5}  {:5.2}   {tree_mean:5.2}",
            names.len(),
            ours.instructions,
            ours.mean
        )
        .unwrap();
    }
    golden::golden(&Path::new(FOLDER).join("programs.txt"), &table);
    assert!(
        longer.len() <= LONGER.0 && longer.iter().all(|by| *by <= LONGER.1),
        "longer than the shorter one of libseccomp by {longer:?} instructions more than {MORE}"
    );
    assert!(
        slower.len() <= SLOWER,
        "slower than libseccomp's tree: lists of {slower:?} calls"
    );
}
