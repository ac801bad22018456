//! A line of the kernel or of a daemon that says that records are missing.

/// What a line says about missing records.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Loss {
    /// This many lines were not written, after the last line of this kind.
    Lines(u64),
    /// This many records were lost since the kernel was started.
    Total(u64),
    /// Some were lost.
    Some,
}

/// Reads a line that is no record.
pub(super) fn read(line: &str) -> Option<Loss> {
    if let Some((before, _)) = line.split_once(" callbacks suppressed") {
        // Other parts of the kernel have limits of their own. Old kernels name the limit alone.
        let of_audit = ["audit", "__ratelimit", "printk_ratelimit"];
        let of_audit = of_audit.iter().any(|name| before.contains(name));
        return of_audit.then(|| last_number(before).map_or(Loss::Some, Loss::Lines));
    }
    if let Some((before, _)) = line.split_once(" messages suppressed") {
        let of_kernel = before.contains("printk: ");
        return of_kernel.then(|| last_number(before).map_or(Loss::Some, Loss::Lines));
    }
    // `kernel/audit.c: audit_log_lost`
    if let Some((_, after)) = line.split_once("audit_lost=") {
        let digits = after.split(|c: char| !c.is_ascii_digit()).next()?;
        return match digits.parse() {
            Ok(0) => None,
            Ok(total) => Some(Loss::Total(total)),
            Err(_) => Some(Loss::Some),
        };
    }
    // The journal reads the kernel's buffer too late.
    if let Some((_, after)) = line.split_once(": Missed ") {
        let (count, _) = after.split_once(" kernel messages")?;
        return Some(count.parse().map_or(Loss::Some, Loss::Lines));
    }
    let said = [
        "audit: backlog limit exceeded",
        "audit: rate limit exceeded",
        "audit: out of memory",
        "queue overflow",
        "> audit_backlog_limit=",
        "buffer overrun, some messages lost",
        "queue is full - dropping event",
        "queue to plugins is full",
    ];
    said.iter()
        .any(|said| line.contains(said))
        .then_some(Loss::Some)
}

fn last_number(text: &str) -> Option<u64> {
    text.rsplit(' ').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_read() {
        let wanted = [
            (
                "[1.0] kauditd_printk_skb: 273 callbacks suppressed",
                Some(Loss::Lines(273)),
            ),
            (
                "audit_printk_skb: 9 callbacks suppressed",
                Some(Loss::Lines(9)),
            ),
            (
                "__ratelimit: 15 callbacks suppressed",
                Some(Loss::Lines(15)),
            ),
            ("net_ratelimit: 4 callbacks suppressed", None),
            ("printk: 12 messages suppressed.", Some(Loss::Lines(12))),
            (
                "audit: audit_lost=3 audit_rate_limit=0 audit_backlog_limit=64",
                Some(Loss::Total(3)),
            ),
            ("audit_lost=0", None),
            ("audit_lost=", Some(Loss::Some)),
            ("audit: backlog limit exceeded", Some(Loss::Some)),
            (
                "audit: audit_backlog=65 > audit_backlog_limit=64",
                Some(Loss::Some),
            ),
            ("audit: kauditd hold queue overflow", Some(Loss::Some)),
            (
                "systemd-journald[1]: Missed 40 kernel messages",
                Some(Loss::Lines(40)),
            ),
            (
                "systemd-journald[1]: /dev/kmsg buffer overrun, some messages lost.",
                Some(Loss::Some),
            ),
            ("audit: initializing netlink subsys (disabled)", None),
            (" callbacks suppressed", None),
            ("audit: callbacks suppressed", Some(Loss::Some)),
        ];
        for (line, loss) in wanted {
            assert_eq!(read(line), loss, "{line}");
        }
    }
}
