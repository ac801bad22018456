//! The judge must be able to fail: answers that miss something, beside the one that does not.

use crate::answer::Answer;
use crate::{compare, trace};

/// An answer for this machine's `/proc/self/exe`, whose path is real.
fn answer(sites: &str, calls: &str, warnings: &str) -> Result<Answer, String> {
    let path = std::env::current_exe().expect("a test is a file");
    let complete = !sites.contains("null");
    let text = format!(
        r#"{{"arch": "x86_64", "complete": {complete}, "modules": [{{"path": "{}", "sites": [{sites}]}}],
            "calls": [{calls}], "warnings": [{warnings}], "assumptions": []}}"#,
        path.display()
    );
    Answer::parse(text.as_bytes())
}

const GETPID: &str = r#"{"nr": 39, "name": "getpid"}"#;
const SITE: &str = r#"{"address": 16, "calls": [39]}"#;

fn problems(answer: &Answer, module: &str, address: u64, number: &str) -> usize {
    let file =
        std::env::temp_dir().join(format!("judge-{}-{address}-{number}", std::process::id()));
    std::fs::write(&file, format!("{module}\t{address:#x}\t{number}\n")).expect("a file");
    let seen = trace::read(&file).expect("a trace");
    std::fs::remove_file(file).expect("the file");
    compare::compare(answer, &seen, |_| false).problems.len()
}

#[test]
fn each_miss_is_found() {
    let module = std::env::current_exe().expect("a test is a file");
    let module = module.to_str().expect("a path of text");
    let right = answer(SITE, GETPID, "").expect("an answer");
    assert_eq!(problems(&right, module, 16, "39"), 0);
    // Another number, another place, another file, and what no file contains.
    assert_eq!(problems(&right, module, 16, "110"), 1);
    assert_eq!(problems(&right, module, 18, "39"), 1);
    assert_eq!(problems(&right, "/nowhere", 16, "39"), 1);
    assert_eq!(problems(&right, "[vdso]", 16, "228"), 1);
    assert_eq!(problems(&right, "[anon]", 16, "39"), 1);
    assert_eq!(problems(&right, module, 16, "219"), 1);
    assert_eq!(problems(&right, module, 16, "i386:39"), 1);
    // What is told is no miss.
    let unresolved = r#"{"address": 16, "calls": null, "why": "read from memory"}"#;
    let open = answer(unresolved, "", "").expect("an answer");
    assert_eq!(problems(&open, module, 16, "110"), 0);
    assert_eq!(problems(&open, module, 18, "110"), 1);
    let told = answer(
        SITE,
        GETPID,
        r#"{"message": "`dlopen`, `int 0x80`, made at run time"}"#,
    );
    let told = told.expect("an answer");
    assert_eq!(problems(&told, "/nowhere", 16, "39"), 0);
    assert_eq!(problems(&told, "[anon]", 16, "39"), 0);
    assert_eq!(problems(&told, module, 16, "i386:39"), 0);
}

#[test]
fn an_answer_agrees_with_itself() {
    assert!(answer(SITE, GETPID, "").is_ok());
    assert!(answer(SITE, "", "").is_err());
    assert!(answer(&format!("{SITE}, {SITE}"), GETPID, "").is_err());
    assert!(answer(r#"{"address": 16, "calls": null, "why": ""}"#, "", "").is_err());
    assert!(answer(r#"{"address": 16, "calls": null}"#, "", "").is_err());
}
