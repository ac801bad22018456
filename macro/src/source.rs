//! A path → the bytes of its file, and the tokens that make rustc watch it.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use proc_macro2::TokenStream;
use quote::quote;
use seccomp_profile_compiler::error::{Error, Kind};
use seccomp_profile_compiler::profile::json::MAX_BYTES;

use crate::path::PathExpr;

/// A file that an invocation names.
pub(crate) struct Source {
    pub(crate) bytes: Vec<u8>,
    /// The path to show: relative to where rustc runs, which is the workspace's root, so that a
    /// terminal can open it.
    pub(crate) display_path: String,
    /// Makes a change of the file a change of the crate. A function nobody calls: it leaves no
    /// byte in a library or binary, where a constant would leave the whole file.
    pub(crate) track: TokenStream,
}

/// Reads the file. A relative path begins at the package's root, where its `Cargo.toml` is.
///
/// # Errors
/// `not-found`, under the path.
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
            let error = error.note("a relative path begins at the package's root, which it says");
            return Err(syn::Error::new(
                expr.span(),
                error.render(&given.to_string_lossy(), ""),
            ));
        }
    };
    let display_path = display_path(&path);
    let mut bytes = Vec::new();
    // One byte more than can be accepted is enough to know.
    let read =
        File::open(&path).and_then(|file| file.take(MAX_BYTES as u64 + 1).read_to_end(&mut bytes));
    read.map_err(|error| {
        let error = Error::nowhere(Kind::NotFound, format!("the file cannot be read: {error}"));
        let error = match root {
            Some(root) if given.is_relative() => hint(error, &root, &given),
            _ => error,
        };
        syn::Error::new(expr.span(), error.render(&display_path, ""))
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

/// Says where the path begins, and where a file of that path lies if other macros would find it.
fn hint(error: Error, root: &Path, given: &Path) -> Error {
    let error = error.note("the path begins at the package's root, where its Cargo.toml is");
    let others =
        ["src", "tests", "examples", "benches", ".."].map(|dir| Path::new(dir).join(given));
    match others.into_iter().find(|path| root.join(path).is_file()) {
        Some(path) => error.note(format!("did you mean `{}`?", path.display())),
        None => error,
    }
}
