//! A resolved OCI profile → the flat rule list that a container runtime hands to a compiler.
//!
//! The reading is runc's (`libcontainer/seccomp/seccomp_linux.go`), not this project's: a rule
//! equal to the default is left out, and a list that names an argument twice becomes one rule a
//! condition.

use seccomp_profile_compiler::linux::abi::{Abi, Width};
use seccomp_profile_compiler::linux::action::Action;
use seccomp_profile_compiler::policy::{Condition, Test};
use serde::Deserialize;
use std::collections::BTreeSet;

/// The rules of one profile on one target.
pub struct Profile {
    pub default: Action,
    /// The target's own ABI, then the others in the profile's order.
    pub abis: Vec<Abi>,
    pub rules: Vec<Rule>,
}

/// A call by name, the conditions that must all hold, and the answer.
pub struct Rule {
    pub name: String,
    pub conditions: Vec<Condition>,
    pub action: Action,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Document {
    default_action: String,
    default_errno_ret: Option<u16>,
    #[serde(default)]
    architectures: Vec<String>,
    #[serde(default)]
    syscalls: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Entry {
    names: Vec<String>,
    action: String,
    errno_ret: Option<u16>,
    #[serde(default)]
    args: Vec<Arg>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Arg {
    index: u8,
    value: u64,
    #[serde(default)]
    value_two: u64,
    op: String,
}

impl Profile {
    /// Reads a profile in the plain form of the OCI runtime spec.
    pub fn parse(text: &str, target: Abi) -> Result<Profile, String> {
        let document: Document = serde_json::from_str(text).map_err(|error| error.to_string())?;
        let default = action(&document.default_action, document.default_errno_ret)?;
        let mut abis = vec![target];
        for name in &document.architectures {
            let abi = Abi::from_oci_name(name).ok_or(format!("unknown architecture `{name}`"))?;
            if !abis.contains(&abi) {
                abis.push(abi);
            }
        }
        let mut rules = Vec::new();
        for entry in document.syscalls {
            let action = action(&entry.action, entry.errno_ret)?;
            if action == default {
                continue;
            }
            let groups = groups(entry.args)?;
            for name in entry.names {
                rules.extend(groups.iter().map(|conditions| Rule {
                    name: name.clone(),
                    conditions: conditions.clone(),
                    action,
                }));
            }
        }
        Ok(Profile {
            default,
            abis,
            rules,
        })
    }
}

/// All conditions in one group, or each in its own if an argument occurs twice.
fn groups(args: Vec<Arg>) -> Result<Vec<Vec<Condition>>, String> {
    let distinct: BTreeSet<u8> = args.iter().map(|arg| arg.index).collect();
    let all = args.iter().map(condition).collect::<Result<Vec<_>, _>>()?;
    Ok(if distinct.len() < all.len() {
        all.into_iter().map(|condition| vec![condition]).collect()
    } else {
        vec![all]
    })
}

fn condition(arg: &Arg) -> Result<Condition, String> {
    let value = arg.value;
    let test = match arg.op.as_str() {
        "SCMP_CMP_NE" => Test::Ne(value),
        "SCMP_CMP_LT" => Test::Lt(value),
        "SCMP_CMP_LE" => Test::Le(value),
        "SCMP_CMP_EQ" => Test::Eq(value),
        "SCMP_CMP_GE" => Test::Ge(value),
        "SCMP_CMP_GT" => Test::Gt(value),
        "SCMP_CMP_MASKED_EQ" => Test::Masked {
            mask: value,
            value: arg.value_two,
        },
        op => return Err(format!("unknown operator `{op}`")),
    };
    if arg.index > 5 {
        return Err(format!("no argument has index {}", arg.index));
    }
    Ok(Condition {
        arg: arg.index,
        test,
        width: Width::W64,
    })
}

fn action(name: &str, errno: Option<u16>) -> Result<Action, String> {
    let errno = errno.unwrap_or(1);
    Ok(match name {
        "SCMP_ACT_KILL" | "SCMP_ACT_KILL_THREAD" => Action::KillThread,
        "SCMP_ACT_KILL_PROCESS" => Action::KillProcess,
        "SCMP_ACT_TRAP" => Action::Trap,
        "SCMP_ACT_ERRNO" => Action::Errno(errno),
        "SCMP_ACT_NOTIFY" => Action::Notify,
        "SCMP_ACT_TRACE" => Action::Trace(errno),
        "SCMP_ACT_LOG" => Action::Log,
        "SCMP_ACT_ALLOW" => Action::Allow,
        _ => return Err(format!("unknown action `{name}`")),
    })
}
