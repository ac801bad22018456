//! Words → a call, and the answer to it.

use seccomp_profile_compiler::bpf;
use seccomp_profile_compiler::linux::abi::{Abi, X32_BIT};
use seccomp_profile_compiler::linux::action::Action;
use seccomp_profile_compiler::linux::data::SeccompData;
use seccomp_profile_compiler::linux::{constants, syscalls};
use seccomp_profile_compiler::policy::SKIPPED;
use seccomp_profile_compiler::{Compiled, nearest};

use super::phrase::plain;
use crate::{Failure, judge, options};

/// Reads a decimal number, or a hexadecimal one that begins with 0x.
pub(crate) fn number(word: &str) -> Option<u64> {
    match word.strip_prefix("0x") {
        Some(hex) => u64::from_str_radix(hex, 16).ok(),
        None => word.parse().ok(),
    }
}

/// Returns the call that `NAME [ARG…]` makes, `ABI:NAME` on another ABI than the target's, and the
/// ABI that its number belongs to.
pub(crate) fn named(target: Abi, words: &[String]) -> Result<(Abi, SeccompData), Failure> {
    let Some((call, args)) = words.split_first() else {
        return Err(Failure::Usage("the name of a call is missing".into()));
    };
    let (abi, call) = match call.split_once(':') {
        Some((abi, call)) => (options::abi(abi)?, call),
        None => (target, call.as_str()),
    };
    let nr = match number(call) {
        Some(nr) => u32::try_from(nr).ok(),
        None => syscalls::number(abi, call),
    };
    let nr = nr.ok_or_else(|| {
        if syscalls::is_known(call) {
            return Failure::Wrong(format!("`{call}` has no number on {abi}"));
        }
        let names: Vec<&str> = { syscalls::calls(abi).iter() }
            .map(|(_, name)| *name)
            .collect();
        let near: Vec<String> = nearest(call, &names)
            .into_iter()
            .map(|name| format!("`{name}`"))
            .collect();
        let hint = match near.split_last() {
            None => String::new(),
            Some((last, [])) => format!("; did you mean {last}?"),
            Some((last, rest)) => format!("; did you mean {} or {last}?", rest.join(", ")),
        };
        let call: String = call.escape_debug().take(80).collect();
        Failure::Wrong(format!("no call `{call}` on {abi}{hint}"))
    })?;
    let data = with_args(Some(abi), abi.token(), nr, args)?;
    let owner = match abi {
        Abi::X86_64 | Abi::X32 if nr == SKIPPED => abi,
        Abi::X86_64 | Abi::X32 if nr >= X32_BIT => Abi::X32,
        Abi::X86_64 | Abi::X32 => Abi::X86_64,
        _ => abi,
    };
    Ok((owner, data))
}

/// Returns the call of a line: `NAME [ARG…]`, or `AUDIT_ARCH NR [ARG…]` if it begins with a
/// number.
pub(crate) fn line(target: Abi, words: &[String]) -> Result<SeccompData, Failure> {
    match words.first().and_then(|word| number(word)) {
        Some(_) => raw(words),
        None => Ok(named(target, words)?.1),
    }
}

/// Returns the call that `AUDIT_ARCH NR [ARG…]` makes.
pub(crate) fn raw(words: &[String]) -> Result<SeccompData, Failure> {
    let [arch, nr, args @ ..] = words else {
        return Err(Failure::Wrong(
            "a call by numbers is `AUDIT_ARCH NR [ARG…]`".into(),
        ));
    };
    let word = |word: &String| {
        let number = number(word).and_then(|number| u32::try_from(number).ok());
        number.ok_or_else(|| Failure::Wrong(format!("`{}` is not a 32-bit number", plain(word))))
    };
    let (arch, nr) = (word(arch)?, word(nr)?);
    with_args(judge::abi(arch, nr), arch, nr, args)
}

/// An argument is a number, which can be negative, or names of constants: `AT_FDCWD`, `O_RDWR|O_CREAT`.
fn with_args(
    abi: Option<Abi>,
    arch: u32,
    nr: u32,
    words: &[String],
) -> Result<SeccompData, Failure> {
    let mut args = [0; 6];
    if words.len() > args.len() {
        return Err(Failure::Wrong("a call has at most six arguments".into()));
    }
    for (arg, word) in args.iter_mut().zip(words) {
        let negative = || word.parse::<i64>().ok().map(|number| number as u64);
        let names = || constants::joined(abi?, word);
        let value = number(word).or_else(negative).or_else(names);
        *arg = value.ok_or_else(|| {
            let word = plain(word);
            Failure::Wrong(format!(
                "`{word}` is neither a 64-bit number nor names of constants"
            ))
        })?;
    }
    Ok(SeccompData {
        nr,
        arch,
        args,
        ..SeccompData::default()
    })
}

/// Returns the answer of the program. The compiler has proved that it is the policy's.
pub(crate) fn decide(compiled: &Compiled, data: &SeccompData) -> Result<Action, Failure> {
    let program = &compiled.program;
    let answer = bpf::run(program.insns(), data, program.endian());
    let action = answer
        .ok()
        .and_then(|answer| Action::from_word(answer.word));
    let wanted = compiled.policy.decide(data);
    match action {
        Some(action) if action == wanted => Ok(action),
        _ => Err(Failure::Wrong(format!(
            "the program and the policy ({wanted}) disagree: a defect"
        ))),
    }
}
