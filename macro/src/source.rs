//! A path → the bytes of its file, and the tokens that make rustc watch it.

use std::io::Read;
use std::path::{Path, PathBuf};

use proc_macro2::TokenStream;
use quote::quote;
use seccomp_profile_compiler::json::MAX_BYTES;

use crate::invocation::PathExpr;

/// A file that an invocation names.
pub(crate) struct Source {
    pub(crate) bytes: Vec<u8>,
    /// The path to show: relative to where rustc runs, which is the workspace's root, so that a
    /// terminal can open it.
    pub(crate) shown: String,
    /// Makes a change of the file a change of the crate. A function nobody calls: it leaves no
    /// byte in a library or binary, where a constant would leave the whole file.
    pub(crate) track: TokenStream,
}

/// Reads the file. A relative path begins at the package's root, where its `Cargo.toml` is.
pub(crate) fn read(expr: &PathExpr) -> syn::Result<Source> {
    let wrong = |message: String| syn::Error::new(expr.span(), format!("error[not-found]: {message}"));
    let given = PathBuf::from(expr.evaluate()?);
    let (path, tracked) = if given.is_absolute() {
        (given.clone(), quote!(#expr))
    } else {
        let root = std::env::var_os("CARGO_MANIFEST_DIR").ok_or_else(|| {
            wrong(format!(
                "`{}` is relative to the package's root, but CARGO_MANIFEST_DIR is not set; \
                 set it, or give an absolute path",
                given.display()
            ))
        })?;
        let tracked =
            quote!(::core::concat!(::core::env!("CARGO_MANIFEST_DIR"), "/", #expr));
        (Path::new(&root).join(&given), tracked)
    };
    let shown = shown(&path);
    let mut bytes = Vec::new();
    // One byte more than can be accepted is enough to know.
    let file = std::fs::File::open(&path);
    file.and_then(|file| file.take(MAX_BYTES as u64 + 1).read_to_end(&mut bytes))
        .map_err(|error| wrong(format!("{shown}: {error}{}", elsewhere(&given))))?;
    let track = quote! {
        const _: () = {
            fn _track() -> &'static [u8] {
                ::core::include_bytes!(#tracked)
            }
        };
    };
    Ok(Source { bytes, shown, track })
}

fn shown(path: &Path) -> String {
    let here = std::env::current_dir().unwrap_or_default();
    path.strip_prefix(here).unwrap_or(path).display().to_string()
}

/// A hint where a file of that path lies, if it is where other macros look.
fn elsewhere(given: &Path) -> String {
    let root = std::env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from).unwrap_or_default();
    let beside = ["src", "tests", "examples", "benches", ".."].map(|folder| Path::new(folder).join(given));
    let rule = "\n  = the path is relative to the package's root, where its Cargo.toml is";
    match beside.into_iter().find(|path| given.is_relative() && root.join(path).is_file()) {
        Some(path) => format!("{rule}\n  = did you mean `{}`?", path.display()),
        None if given.is_relative() => String::from(rule),
        None => String::new(),
    }
}
