//! Capabilities by name: rules of a Docker profile can depend on them, and an invocation lists them.

use crate::error::{Error, Kind};

/// The names, each at the index of its number (`include/uapi/linux/capability.h`).
#[rustfmt::skip]
pub(crate) const NAMES: [&str; 41] = [
    "CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_DAC_READ_SEARCH", "CAP_FOWNER", "CAP_FSETID",
    "CAP_KILL", "CAP_SETGID", "CAP_SETUID", "CAP_SETPCAP", "CAP_LINUX_IMMUTABLE",
    "CAP_NET_BIND_SERVICE", "CAP_NET_BROADCAST", "CAP_NET_ADMIN", "CAP_NET_RAW", "CAP_IPC_LOCK",
    "CAP_IPC_OWNER", "CAP_SYS_MODULE", "CAP_SYS_RAWIO", "CAP_SYS_CHROOT", "CAP_SYS_PTRACE",
    "CAP_SYS_PACCT", "CAP_SYS_ADMIN", "CAP_SYS_BOOT", "CAP_SYS_NICE", "CAP_SYS_RESOURCE",
    "CAP_SYS_TIME", "CAP_SYS_TTY_CONFIG", "CAP_MKNOD", "CAP_LEASE", "CAP_AUDIT_WRITE",
    "CAP_AUDIT_CONTROL", "CAP_SETFCAP", "CAP_MAC_OVERRIDE", "CAP_MAC_ADMIN", "CAP_SYSLOG",
    "CAP_WAKE_ALARM", "CAP_BLOCK_SUSPEND", "CAP_AUDIT_READ", "CAP_PERFMON", "CAP_BPF",
    "CAP_CHECKPOINT_RESTORE",
];

/// A capability, by its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Capability(u8);

impl Capability {
    /// Returns the capability with this exact name: `CAP_NET_RAW`.
    ///
    /// # Errors
    /// `unknown-capability`, without a place.
    pub fn from_name(name: &str) -> Result<Capability, Error> {
        let number = NAMES.iter().position(|known| *known == name);
        number.map(|at| Capability(at as u8)).ok_or_else(|| {
            let message = format!("unknown capability `{name}`");
            Error::nowhere(Kind::UnknownCapability, message).did_you_mean(
                name,
                &NAMES,
                "Linux has no such capability",
            )
        })
    }

    /// Returns the name.
    pub fn name(self) -> &'static str {
        NAMES[usize::from(self.0)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_capabilities_are_one_to_one() {
        for name in NAMES {
            assert_eq!(Capability::from_name(name).unwrap().name(), name);
        }
        let label = |name| Capability::from_name(name).unwrap_err().label;
        assert_eq!(label("net_raw"), "did you mean `CAP_NET_RAW`?");
        assert_eq!(label("CAP_SYS_ADMN"), "did you mean `CAP_SYS_ADMIN`?");
        assert_eq!(label("everything"), "Linux has no such capability");
    }
}
