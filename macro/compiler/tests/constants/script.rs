//! `check-constants` tells what is new in a kernel's headers from what contradicts the table.
#![cfg(all(target_arch = "x86_64", target_os = "linux"))]

use crate::skip::skip;
use std::path::Path;
use std::process::Command;

/// Headers of one architecture, and what `check-constants` makes of them.
struct Headers {
    files: &'static [(&'static str, &'static str)],
    status: i32,
    says: &'static str,
}

const TABLE: &str = "name,family,kind,libc,value,elsewhere\n\
    AF_ONE,AF,value,all,1,\n\
    O_TWO,O,flag,all,0x2,mips*=-\n\
    TIOCREAD,TIOC,value,no,0x80086601,w32=0x80046601\n";

const RINGS: &str = "opcode,calls,since\nIORING_OP_NOP,,5.1\n";

const HEADERS: &[Headers] = &[
    Headers {
        files: &[("linux/fcntl.h", "#define O_TWO 2\n#define O_OTHER 4\n")],
        status: 0,
        says: "compared x86 x86_64 x32; not seen arm",
    },
    Headers {
        files: &[("linux/fcntl.h", "#define O_TWO 3\n")],
        status: 2,
        says: "contradiction: x86_64: `O_TWO` has another value",
    },
    Headers {
        files: &[(
            "linux/fs.h",
            "#define TIOCREAD (0x80006601 | sizeof(long) << 16)\n",
        )],
        status: 0,
        says: "these headers lack AF_ONE O_TWO \n",
    },
    Headers {
        files: &[(
            "linux/io_uring.h",
            "enum io_uring_op {\n\tIORING_OP_NOP,\n\tIORING_OP_NEW,\n\tIORING_OP_LAST,\n};\n",
        )],
        status: 1,
        says: "IORING_OP_NEW,,\n",
    },
    Headers {
        files: &[(
            "linux/io_uring.h",
            "enum io_uring_op {\n\tIORING_OP_ELSE,\n};\n",
        )],
        status: 2,
        says: "another order",
    },
    Headers {
        files: &[("linux/fs.h", "#include <no/such.h>\n")],
        status: 3,
        says: "cannot read the headers of x86",
    },
];

#[test]
fn check_constants_tells_new_from_wrong() {
    let compiler = "${CC:-cc} -fmax-errors=0 -x c -E /dev/null";
    let output = Command::new("sh").args(["-c", compiler]).output().unwrap();
    if !output.status.success() {
        let error = String::from_utf8_lossy(&output.stderr);
        return skip(format_args!("check-constants needs gcc: {}", error.trim()));
    }
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("check-constants");
    let place = Path::new(env!("CARGO_TARGET_TMPDIR")).join("check-constants");
    std::fs::create_dir_all(&place).unwrap();
    std::fs::write(place.join("table.csv"), TABLE).unwrap();
    std::fs::write(place.join("rings.csv"), RINGS).unwrap();
    let check = |arguments: &[&Path]| {
        let output = Command::new("sh")
            .arg(&script)
            .arg("--table")
            .arg(place.join("table.csv"))
            .arg("--rings")
            .arg(place.join("rings.csv"))
            .args(arguments)
            .output()
            .unwrap();
        let said = [output.stdout, output.stderr].concat();
        (output.status.code(), String::from_utf8(said).unwrap())
    };
    for (i, headers) in HEADERS.iter().enumerate() {
        let directory = place.join(i.to_string());
        let include = directory.join("x86/include");
        let _ = std::fs::remove_dir_all(&directory);
        std::fs::create_dir_all(include.join("asm")).unwrap();
        for (path, text) in headers.files {
            let path = include.join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        let (status, said) = check(&[&directory]);
        assert_eq!(status, Some(headers.status), "{i}: {said}");
        assert!(said.contains(headers.says), "{i}: {said}");
    }
    // What only the newer headers have begins as a family does, or is of no interest.
    let (status, said) = check(&[Path::new("--older"), &place.join("1"), &place.join("0")]);
    assert_eq!(status, Some(1), "{said}");
    assert!(said.starts_with("O_OTHER,O,,,,\n"), "{said}");
    let (status, said) = check(&[&place.join("nowhere")]);
    assert_eq!(status, Some(3), "{said}");
}
