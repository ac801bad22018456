//! Programs that no compiler writes, right nevertheless.

use seccomp_profile_compiler::bpf::{AND, Insn, JA, JEQ, JGE, JGT, JSET, RET};
use seccomp_profile_compiler::linux::abi::Abi;
use seccomp_profile_compiler::linux::action::Action;
use seccomp_profile_compiler::linux::data::Word;
use seccomp_profile_compiler::policy::Test;

use super::{ALLOW, DENY, accepted, around, ld, one, ret, rule, wrong};

/// Reads a body from lines as [`bpf::listing`] writes them; targets count from its beginning.
fn body(text: &str) -> Vec<Insn> {
    let words = [
        ("nr", Word::Nr),
        ("ip.low", Word::IpLow),
        ("ip.high", Word::IpHigh),
        ("arg0.low", Word::ArgLow(0)),
        ("arg0.high", Word::ArgHigh(0)),
        ("arg1.low", Word::ArgLow(1)),
    ];
    let number = |text: &str| match text.strip_prefix("0x") {
        Some(digits) => u32::from_str_radix(digits, 16).unwrap(),
        None => text.parse().unwrap(),
    };
    let line = |(at, line): (usize, &str)| {
        let (name, rest) = line.trim().split_once(' ').unwrap();
        let parts: Vec<&str> = rest.split(", ").collect();
        let skip = |part: &str| number(part) - at as u32 - 1;
        let test = |code| {
            let [jt, jf] = [1, 2].map(|i| skip(parts[i]) as u8);
            Insn::jump(code, number(parts[0]), jt, jf)
        };
        match name {
            "ld" => ld(words.iter().find(|(name, _)| *name == rest).unwrap().1),
            "and" => Insn::stmt(AND, number(rest)),
            "ja" => Insn::stmt(JA, skip(rest)),
            "jeq" => test(JEQ),
            "jgt" => test(JGT),
            "jge" => test(JGE),
            "jset" => test(JSET),
            "ret" if rest == "ALLOW" => ret(ALLOW),
            "ret" if rest == "DENY" => ret(DENY),
            _ => panic!("{line}"),
        }
    };
    text.trim().lines().enumerate().map(line).collect()
}

#[test]
fn unusual_programs_are_proved() {
    let equal = one(Abi::X86_64, vec![rule(&[(0, Test::Eq(5))], ALLOW)]);
    let bodies = [
        "ld arg0.high
         jeq 0, 2, 4
         ld arg0.low
         jeq 5, 5, 4
         ret DENY
         ret ALLOW",
        // The low half first.
        "ld arg0.low
         jeq 5, 2, 4
         ld arg0.high
         jeq 0, 5, 4
         ret DENY
         ret ALLOW",
        // By bits.
        "ld arg0.high
         jset 0xffffffff, 5, 2
         ld arg0.low
         jset 0xfffffffa, 5, 4
         jset 4, 6, 5
         ret DENY
         jset 1, 7, 8
         ret ALLOW
         ret DENY",
        // By masks of masks.
        "ld arg0.high
         jgt 0, 11, 2
         ld arg0.low
         jge 8, 11, 4
         and 0x06
         and 0xfd
         jeq 4, 7, 11
         ld arg0.low
         and 3
         jeq 1, 10, 11
         ret ALLOW
         ret DENY",
        // By bounds, one of them under a mask.
        "ld arg0.high
         jeq 0, 2, 7
         ld arg0.low
         jge 6, 7, 4
         and 0xfffffffd
         jgt 4, 6, 7
         ret ALLOW
         ret DENY",
        // With a test that sees nothing.
        "ld arg1.low
         and 0
         jeq 0, 3, 7
         ld arg0.high
         jeq 0, 5, 7
         ld arg0.low
         jeq 5, 8, 7
         ret DENY
         ret ALLOW",
        // With needless tests, of words that no policy looks at too.
        "ld ip.low
         jgt 0x100000, 2, 3
         ld arg1.low
         ld ip.high
         jeq 1, 5, 5
         ld arg0.high
         jeq 0, 7, 9
         ld arg0.low
         jeq 5, 10, 9
         ret DENY
         ret ALLOW",
        // With another look at the number.
        "ld arg0.high
         jeq 0, 2, 6
         ld arg0.low
         jeq 5, 4, 6
         ld nr
         jeq 7, 7, 6
         ret DENY
         ret ALLOW",
        // With jumps.
        "ld arg0.high
         ja 2
         jeq 0, 3, 7
         ld arg0.low
         jeq 5, 5, 7
         ja 6
         ret ALLOW
         ret DENY",
    ];
    for text in bodies {
        println!("{text}");
        let right = body(text);
        accepted(&equal, around(&right));
        for (at, insn) in right.iter().enumerate() {
            if insn.code == RET {
                let mut other = right.clone();
                other[at] = ret(Action::Log);
                wrong(&equal, &around(&other));
            }
        }
    }
}
