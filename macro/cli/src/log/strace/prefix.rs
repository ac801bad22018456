//! What `strace` writes before a call, and between calls: processes, times, addresses, modes.

/// Reads `[ Process PID=7 runs in 32 bit mode. ]`.
pub(super) fn mode(line: &str) -> Option<(u32, &str)> {
    let (_, rest) = line.split_once("[ Process PID=")?;
    let (pid, rest) = rest.split_once(" runs in ")?;
    let (words, _) = rest.split_once(" mode.")?;
    Some((pid.parse().ok()?, words))
}

/// Separates what options of `strace` put before a call; the process is 0 if it is not named.
pub(super) fn prefix(line: &str) -> (u32, &str) {
    let mut pid = 0;
    let mut rest = line.trim_start();
    let mut first = true;
    loop {
        let taken = if let Some(inside) = rest.strip_prefix('[') {
            let Some((inside, behind)) = inside.split_once(']') else {
                break;
            };
            let word = inside.trim();
            if let Some(word) = word.strip_prefix("pid ") {
                pid = leading_number(word.trim_start()).map_or(pid, |(number, _)| number);
            } else if !word.chars().all(|c| c.is_ascii_hexdigit() || c == '?') {
                break;
            }
            behind
        } else if let Some((number, behind)) = leading_number(rest) {
            let comm = behind
                .strip_prefix('<')
                .and_then(|comm| comm.split_once('>'));
            let (behind, is_pid) = match comm {
                Some((_, behind)) => (behind, true),
                None => (behind, behind.starts_with([' ', '\t'])),
            };
            if is_pid && first {
                pid = number;
            }
            // The rest of a time.
            behind.trim_start_matches(|c: char| c.is_ascii_digit() || matches!(c, '.' | ':'))
        } else {
            break;
        };
        if !taken.starts_with([' ', '\t']) {
            break;
        }
        rest = taken.trim_start();
        first = false;
    }
    (pid, rest)
}

fn leading_number(text: &str) -> Option<(u32, &str)> {
    let end = text
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(text.len());
    let (digits, rest) = text.split_at(end);
    // A time in seconds can be larger.
    (!digits.is_empty()).then(|| (digits.parse().unwrap_or(0), rest))
}
