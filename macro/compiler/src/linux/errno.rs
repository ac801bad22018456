//! Names of errnos, as in Podman's profiles (`"errno": "ENOSYS"`) → their numbers on a target.
//!
//! Numbers are those of `include/uapi/asm-generic/errno-base.h` and `errno.h`, and of
//! `arch/mips/include/uapi/asm/errno.h` and `arch/parisc/include/uapi/asm/errno.h`, which have
//! different numbers from 35 on; `ENOTSUP` is the C library's name of `EOPNOTSUPP`.

use crate::error::suggest;
use crate::linux::abi::Abi;

/// Names that have the same number on every architecture.
#[rustfmt::skip]
const COMMON: [(&str, u16); 35] = [
    ("E2BIG", 7), ("EACCES", 13), ("EAGAIN", 11), ("EBADF", 9), ("EBUSY", 16),
    ("ECHILD", 10), ("EDOM", 33), ("EEXIST", 17), ("EFAULT", 14), ("EFBIG", 27),
    ("EINTR", 4), ("EINVAL", 22), ("EIO", 5), ("EISDIR", 21), ("EMFILE", 24),
    ("EMLINK", 31), ("ENFILE", 23), ("ENODEV", 19), ("ENOENT", 2), ("ENOEXEC", 8),
    ("ENOMEM", 12), ("ENOSPC", 28), ("ENOTBLK", 15), ("ENOTDIR", 20), ("ENOTTY", 25),
    ("ENXIO", 6), ("EPERM", 1), ("EPIPE", 32), ("ERANGE", 34), ("EROFS", 30),
    ("ESPIPE", 29), ("ESRCH", 3), ("ETXTBSY", 26), ("EWOULDBLOCK", 11), ("EXDEV", 18),
];

/// The other names: their numbers on most architectures, on MIPS, on PA-RISC.
#[rustfmt::skip]
const VARYING: [(&str, [u16; 3]); 99] = [
    ("EADDRINUSE", [98, 125, 226]), ("EADDRNOTAVAIL", [99, 126, 227]), ("EADV", [68, 68, 58]),
    ("EAFNOSUPPORT", [97, 124, 225]), ("EALREADY", [114, 149, 244]), ("EBADE", [52, 50, 160]),
    ("EBADFD", [77, 81, 168]), ("EBADMSG", [74, 77, 67]), ("EBADR", [53, 51, 161]),
    ("EBADRQC", [56, 54, 164]), ("EBADSLT", [57, 55, 165]), ("EBFONT", [59, 59, 166]),
    ("ECANCELED", [125, 158, 253]), ("ECHRNG", [44, 37, 37]), ("ECOMM", [70, 70, 60]),
    ("ECONNABORTED", [103, 130, 231]), ("ECONNREFUSED", [111, 146, 239]), ("ECONNRESET", [104, 131, 232]),
    ("EDEADLK", [35, 45, 45]), ("EDEADLOCK", [35, 56, 45]), ("EDESTADDRREQ", [89, 96, 217]),
    ("EDOTDOT", [73, 73, 66]), ("EDQUOT", [122, 1133, 69]), ("EHOSTDOWN", [112, 147, 241]),
    ("EHOSTUNREACH", [113, 148, 242]), ("EHWPOISON", [133, 168, 257]), ("EIDRM", [43, 36, 36]),
    ("EILSEQ", [84, 88, 47]), ("EINPROGRESS", [115, 150, 245]), ("EISCONN", [106, 133, 234]),
    ("EISNAM", [120, 139, 180]), ("EKEYEXPIRED", [127, 162, 185]), ("EKEYREJECTED", [129, 164, 187]),
    ("EKEYREVOKED", [128, 163, 186]), ("EL2HLT", [51, 44, 44]), ("EL2NSYNC", [45, 38, 38]),
    ("EL3HLT", [46, 39, 39]), ("EL3RST", [47, 40, 40]), ("ELIBACC", [79, 83, 170]),
    ("ELIBBAD", [80, 84, 171]), ("ELIBEXEC", [83, 87, 174]), ("ELIBMAX", [82, 86, 173]),
    ("ELIBSCN", [81, 85, 172]), ("ELNRNG", [48, 41, 41]), ("ELOOP", [40, 90, 249]),
    ("EMEDIUMTYPE", [124, 160, 183]), ("EMSGSIZE", [90, 97, 218]), ("EMULTIHOP", [72, 74, 64]),
    ("ENAMETOOLONG", [36, 78, 248]), ("ENAVAIL", [119, 138, 179]), ("ENETDOWN", [100, 127, 228]),
    ("ENETRESET", [102, 129, 230]), ("ENETUNREACH", [101, 128, 229]), ("ENOANO", [55, 53, 163]),
    ("ENOBUFS", [105, 132, 233]), ("ENOCSI", [50, 43, 43]), ("ENODATA", [61, 61, 51]),
    ("ENOKEY", [126, 161, 184]), ("ENOLCK", [37, 46, 46]), ("ENOLINK", [67, 67, 57]),
    ("ENOMEDIUM", [123, 159, 182]), ("ENOMSG", [42, 35, 35]), ("ENONET", [64, 64, 50]),
    ("ENOPKG", [65, 65, 55]), ("ENOPROTOOPT", [92, 99, 220]), ("ENOSR", [63, 63, 53]),
    ("ENOSTR", [60, 60, 54]), ("ENOSYS", [38, 89, 251]), ("ENOTCONN", [107, 134, 235]),
    ("ENOTEMPTY", [39, 93, 247]), ("ENOTNAM", [118, 137, 178]), ("ENOTRECOVERABLE", [131, 166, 255]),
    ("ENOTSOCK", [88, 95, 216]), ("ENOTSUP", [95, 122, 223]), ("ENOTUNIQ", [76, 80, 167]),
    ("EOPNOTSUPP", [95, 122, 223]), ("EOVERFLOW", [75, 79, 72]), ("EOWNERDEAD", [130, 165, 254]),
    ("EPFNOSUPPORT", [96, 123, 224]), ("EPROTO", [71, 71, 61]), ("EPROTONOSUPPORT", [93, 120, 221]),
    ("EPROTOTYPE", [91, 98, 219]), ("EREMCHG", [78, 82, 169]), ("EREMOTE", [66, 66, 71]),
    ("EREMOTEIO", [121, 140, 181]), ("ERESTART", [85, 91, 175]), ("ERFKILL", [132, 167, 256]),
    ("ESHUTDOWN", [108, 143, 236]), ("ESOCKTNOSUPPORT", [94, 121, 222]), ("ESRMNT", [69, 69, 59]),
    ("ESTALE", [116, 151, 70]), ("ESTRPIPE", [86, 92, 176]), ("ETIME", [62, 62, 52]),
    ("ETIMEDOUT", [110, 145, 238]), ("ETOOMANYREFS", [109, 144, 237]), ("EUCLEAN", [117, 135, 177]),
    ("EUNATCH", [49, 42, 42]), ("EUSERS", [87, 94, 68]), ("EXFULL", [54, 52, 162]),
];

/// Returns the number of an errno by its name on the target; `None` if no kernel has the name.
pub fn number(target: Abi, name: &str) -> Option<u16> {
    use Abi::*;
    if let Some((_, number)) = COMMON.iter().find(|(known, _)| *known == name) {
        return Some(*number);
    }
    let (_, [most, mips, parisc]) = VARYING.iter().find(|(known, _)| *known == name)?;
    Some(match target {
        Mips | Mips64 | Mips64n32 | Mipsel | Mipsel64 | Mipsel64n32 => *mips,
        Parisc | Parisc64 => *parisc,
        // `arch/powerpc/include/uapi/asm/errno.h`; on other architectures it equals `EDEADLK`.
        Ppc | Ppc64 | Ppc64le if name == "EDEADLOCK" => 58,
        _ => *most,
    })
}

/// Returns every name.
pub(crate) fn names() -> Vec<&'static str> {
    let mut all = suggest::names(&COMMON);
    all.append(&mut suggest::names(&VARYING));
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_the_targets() {
        for (target, name, wanted) in [
            (Abi::X86_64, "EPERM", Some(1)),
            (Abi::X86_64, "ENOSYS", Some(38)),
            (Abi::Mipsel64, "ENOSYS", Some(89)),
            (Abi::Parisc, "ENOSYS", Some(251)),
            (Abi::S390x, "EDEADLOCK", Some(35)),
            (Abi::Ppc64le, "EDEADLOCK", Some(58)),
            (Abi::Mips, "EDEADLOCK", Some(56)),
            (Abi::X86_64, "enosys", None),
        ] {
            assert_eq!(number(target, name), wanted, "{name} on {target}");
        }
        assert!(names().len() > 130);
    }
}
