//! `--emit dot`: a graph that graphviz reads, and that answers as the policy does.

use std::collections::BTreeMap;
use std::io::Write;
use std::process::{Command, Stdio};

use seccomp_profile_compiler::Abi;
use seccomp_profile_compiler::linux::data::{SeccompData, Word};
use seccomp_profile_compiler::policy::probe::Probes;

use super::skip::skip;
use super::{CASES, answer, compiled, golden, root};

fn dot(path: &str, target: Abi) -> String {
    answer(&["--target", target.name(), "--emit", "dot", path])
}

/// A graph as its text says: label of each node, and where `yes` and `no` lead from it.
struct Graph {
    first: String,
    labels: BTreeMap<String, String>,
    edges: BTreeMap<(String, bool), String>,
}

impl Graph {
    /// Reads the statements that `inspect` writes: `"id" [label="…", …];` and
    /// `"id" -> "id" [label=yes, …];`.
    fn read(text: &str) -> Graph {
        let mut graph = Graph {
            first: String::new(),
            labels: BTreeMap::new(),
            edges: BTreeMap::new(),
        };
        for line in text.lines().filter(|line| line.starts_with("    \"")) {
            let words: Vec<&str> = line.split('"').collect();
            let from = words[1].to_string();
            if words[2] == " -> " {
                let yes = words[4].contains("label=yes");
                graph.edges.insert((from, yes), words[3].into());
            } else {
                if graph.first.is_empty() {
                    graph.first = from.clone();
                }
                graph.labels.insert(from, words[3].into());
            }
        }
        graph
    }

    fn answer(&self, data: &SeccompData) -> &str {
        let mut at = &self.first;
        loop {
            let label = &self.labels[at];
            let Some((left, right)) = label.split_once("= ").or(label.split_once("> ")) else {
                return label;
            };
            let right = right.split("\\n").next().unwrap();
            let parts: Vec<&str> = left
                .trim_end_matches([' ', '=', '>', '!'])
                .split(" & ")
                .collect();
            let word = (0..64).step_by(4).find_map(|at| {
                let word = Word::at(at, seccomp_profile_compiler::linux::abi::Endian::Little)?;
                (word.to_string() == parts[0]).then_some(word)
            });
            let masks = parts[1..].iter().map(|mask| number(mask));
            let value = masks.fold(word.unwrap().of(data), |value, mask| value & mask);
            let k = number(right);
            let holds = match left.trim_start_matches(|c: char| !"=><!".contains(c)) {
                "=" => value == k,
                ">" if label.contains(">=") => value >= k,
                "!" => value != k,
                "" => value > k,
                sign => panic!("no comparison: {sign} in {label}"),
            };
            at = &self.edges[&(at.clone(), holds)];
        }
    }
}

fn number(word: &str) -> u32 {
    u32::from_str_radix(word.strip_prefix("0x").unwrap_or(word), 16).unwrap()
}

#[test]
fn graphs_answer_as_policies_do() {
    for (path, target) in CASES {
        let policy = compiled(path, target).policy;
        let graph = Graph::read(&dot(path, target));
        let mut tokens = policy.tokens();
        tokens.extend([0, Abi::Arm.token()]);
        for arch in tokens {
            let mut numbers = policy.boundaries(arch);
            numbers.extend(
                policy
                    .boundaries(arch)
                    .iter()
                    .filter_map(|nr| nr.checked_sub(1)),
            );
            for nr in numbers {
                let rules = policy.abi_of(arch, nr);
                let list = rules.and_then(|rules| Some((rules.lists.get(&nr)?, rules.abi)));
                let all = match list {
                    Some((list, abi)) => Probes::new(list, abi).all(),
                    None => vec![[0; 6]],
                };
                for args in all {
                    let data = SeccompData {
                        nr,
                        arch,
                        args,
                        ..SeccompData::default()
                    };
                    let decided = policy.decide(&data).to_string();
                    assert_eq!(graph.answer(&data), decided, "{path} {target} {data:x?}");
                }
            }
        }
    }
}

#[test]
fn graphs_are_these() {
    let rules = dot("tests/profiles/inspect-rules.json", Abi::X86_64);
    golden("rules.dot", &rules);
    let abis = dot("tests/profiles/install-abis.json", Abi::X86_64);
    golden("abis.dot", &abis);
    let sandbox = Graph::read(&dot("examples/sandbox.json", Abi::X86_64));
    assert!(sandbox.edges.len() <= 60, "{} edges", sandbox.edges.len());
}

/// A file's name is part of the graph, and may have anything in it.
#[test]
fn graphviz_reads_them() {
    if Command::new("dot").arg("-V").output().is_err() {
        return skip("graphviz is not installed");
    }
    let strange = std::env::temp_dir().join(format!(
        "{}\"; x [label=<b>]\\N\\ \u{1b}\n}}.json",
        std::process::id()
    ));
    std::fs::copy(root().join("tests/profiles/inspect-rules.json"), &strange).unwrap();
    let mut graphs: Vec<(String, String)> = CASES
        .iter()
        .map(|(path, target)| (format!("{path} {target}"), dot(path, *target)))
        .collect();
    let name = strange.to_str().unwrap();
    graphs.push((name.into(), dot(name, Abi::X86_64)));
    std::fs::remove_file(&strange).unwrap();
    for (name, graph) in graphs {
        let mut child = Command::new("dot")
            .arg("-Tsvg")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let text = graph.clone();
        let mut input = child.stdin.take().unwrap();
        let writer = std::thread::spawn(move || input.write_all(text.as_bytes()));
        let output = child.wait_with_output().unwrap();
        writer.join().unwrap().unwrap();
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(
            output.status.success() && errors.is_empty(),
            "{name}: {errors}"
        );
        let svg = String::from_utf8(output.stdout).unwrap();
        let nodes = svg.matches("class=\"node\"").count();
        assert_eq!(nodes, Graph::read(&graph).labels.len(), "{name}");
        assert!(!svg.contains('\u{1b}') && svg.contains("</svg>"), "{name}");
        if name.contains('\\') {
            assert!(svg.contains("&quot;; x [label=&lt;b&gt;]\\N\\ "), "{svg}");
        }
    }
}
