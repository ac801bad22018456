//! A path → the bytes of the file, and tokens that make rustc track it.

use std::io;
use std::path::{Path, PathBuf};

use proc_macro2::TokenStream;
use quote::quote;
use seccomp_profile_compiler::Sources;
use seccomp_profile_compiler::error::{Error, Kind};
use seccomp_profile_compiler::profile::json::MAX_BYTES;

use crate::file;
use crate::json::SERDE_JSON;
use crate::path::PathExpr;

/// A file that an invocation names.
pub(crate) struct Source {
    pub(crate) bytes: Vec<u8>,
    /// The path in messages. It is relative to the current directory of rustc, the root of the
    /// workspace, so a terminal can open it.
    pub(crate) display_path: String,
    /// The path without links.
    pub(crate) path: PathBuf,
    /// Makes rustc compile the crate again after a change of the file. It is a function that is
    /// never called, which adds no byte to a library or binary; a constant would add the whole
    /// file.
    pub(crate) track: TokenStream,
}

/// Reads the file. A relative path starts at the root of the package, the folder of `Cargo.toml`.
///
/// # Errors
/// `not-found`, at the path.
pub(crate) fn read(expr: &PathExpr) -> syn::Result<Source> {
    let given = PathBuf::from(expr.evaluate()?);
    let root = std::env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
    let (path, tracked) = match &root {
        _ if given.is_absolute() => (given.clone(), quote!(#expr)),
        Some(root) => {
            let tracked = quote!(::core::concat!(::core::env!("CARGO_MANIFEST_DIR"), "/", #expr));
            (root.join(&given), tracked)
        }
        None => {
            let error = Error::nowhere(Kind::NotFound, "CARGO_MANIFEST_DIR is not set");
            let error =
                error.note("a relative path starts at the package root, which this variable names");
            return Err(syn::Error::new(
                expr.span(),
                error.render(&Sources::read_by(SERDE_JSON, given.to_string_lossy(), "")),
            ));
        }
    };
    let display_path = display_path(&path);
    // One byte more than the limit is enough to refuse the file.
    let read = file::read(&path, MAX_BYTES as u64 + 1);
    let bytes = read.map_err(|problem| {
        let message = format!("the file cannot be read: {problem}");
        let error = Error::nowhere(Kind::NotFound, message);
        let is_absent = problem.kind() == io::ErrorKind::NotFound;
        let error = match root {
            Some(root) if is_absent && given.is_relative() => hint(error, &root, &given),
            _ => error,
        };
        syn::Error::new(
            expr.span(),
            error.render(&Sources::read_by(SERDE_JSON, &display_path, "")),
        )
    })?;
    let track = quote! {
        const _: () = {
            fn _track() -> &'static [u8] {
                ::core::include_bytes!(#tracked)
            }
        };
    };
    Ok(Source {
        bytes,
        display_path,
        path: path.canonicalize().unwrap_or(path),
        track,
    })
}

fn display_path(path: &Path) -> String {
    let here = std::env::current_dir().unwrap_or_default();
    let inside = path
        .strip_prefix(here)
        .ok()
        .filter(|path| !path.as_os_str().is_empty());
    inside.unwrap_or(path).display().to_string()
}

/// Adds a note on where a relative path starts, and one if the file exists in another folder.
fn hint(error: Error, root: &Path, given: &Path) -> Error {
    let error = error.note(format!(
        "`{}` is looked for in the package root, the folder of `Cargo.toml`, not beside the source file",
        given.display()
    ));
    let others =
        ["src", "tests", "examples", "benches", ".."].map(|dir| Path::new(dir).join(given));
    match others.into_iter().find(|path| root.join(path).is_file()) {
        Some(path) => error.note(format!("did you mean `{}`?", path.display())),
        None => error,
    }
}
