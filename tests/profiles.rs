//! Real profiles, read from `../shared/profiles`, compile for every ABI they list.

use std::path::{Path, PathBuf};

use seccomp_profile_compiler::bpf;
use seccomp_profile_compiler::linux::data::SeccompData;
use seccomp_profile_compiler::policy::Decision;
use seccomp_profile_compiler::policy::probe::Probes;
use seccomp_profile_compiler::{Abi, Compiled, Options, compile};

/// The JSON files of a folder of real profiles; none where they are not at hand, which is an
/// error in CI.
fn profiles(folder: &str) -> Vec<PathBuf> {
    let folder = Path::new("../shared/profiles").join(folder);
    let Ok(entries) = std::fs::read_dir(&folder) else {
        assert!(
            std::env::var_os("CI").is_none(),
            "{} is missing",
            folder.display()
        );
        println!("skipped: {} is not here", folder.display());
        return Vec::new();
    };
    let mut files: Vec<PathBuf> = entries
        .map(|entry| entry.unwrap().path())
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "json")
        })
        .collect();
    files.sort();
    assert!(!files.is_empty(), "{} is empty", folder.display());
    files
}

/// Asks program and policy the same, wherever one of them may begin to answer differently.
fn compare(compiled: &Compiled, name: &str) -> usize {
    let (policy, program) = (&compiled.policy, &compiled.program);
    let mut tokens = policy.tokens();
    tokens.extend(Abi::ALL.map(Abi::token));
    tokens.extend([0, 1, u32::MAX]);
    let mut compared = 0;
    for arch in tokens {
        for start in policy.boundaries(arch) {
            for nr in [start.wrapping_sub(1), start, start.wrapping_add(1)] {
                let args = match policy.lookup(arch, nr) {
                    Decision::Always(_) => vec![[0; 6], [u64::MAX; 6]],
                    Decision::ByRules(rules) => Probes::new(rules, policy.target).all(),
                };
                for args in args {
                    let data = SeccompData {
                        nr,
                        arch,
                        args,
                        instruction_pointer: u64::MAX,
                    };
                    let answer = bpf::run(program.insns(), &data, program.endian()).unwrap();
                    assert_eq!(
                        answer.word,
                        policy.decide(&data).word(),
                        "{name}: {data:x?}"
                    );
                    compared += 1;
                }
            }
        }
    }
    compared
}

#[test]
fn resolved_profiles_compile_for_their_targets() {
    for path in profiles("resolved") {
        let name = path.file_stem().unwrap().to_str().unwrap().to_string();
        let target = name.rsplit('.').next().unwrap().trim_end_matches("-multi");
        let text = std::fs::read_to_string(&path).unwrap();
        let target = Abi::from_name(target).unwrap();
        let compiled = compile(&text, target, &Options::default())
            .unwrap_or_else(|errors| panic!("{}", errors.render(&name, &text).join("\n")));
        assert!(!compiled.simplified, "{name}");
        let compared = compare(&compiled, &name);
        println!(
            "{name}: {} instructions, {compared} answers",
            compiled.program.insns().len()
        );
    }
}

/// Of the published files that are plain OCI, each compiles for every ABI it lists.
#[test]
fn whole_configs_compile_for_every_listed_abi() {
    let mut plain = 0;
    for path in profiles("whole") {
        let text = std::fs::read_to_string(&path).unwrap();
        if ["\"archMap\"", "\"includes\"", "\"excludes\""]
            .iter()
            .any(|key| text.contains(key))
        {
            continue;
        }
        plain += 1;
        for abi in Abi::ALL
            .into_iter()
            .filter(|abi| text.contains(&abi.oci_name()))
        {
            let options = Options {
                native_only: true,
                ..Options::default()
            };
            let name = format!("{} for {abi}", path.display());
            for options in [options, Options::default()] {
                let compiled = compile(&text, abi, &options)
                    .unwrap_or_else(|errors| panic!("{}", errors.render(&name, &text).join("\n")));
                compare(&compiled, &name);
            }
        }
    }
    assert!(plain > 0 || !Path::new("../shared").exists());
}
