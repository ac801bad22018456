//! The JSON that contains a profile → the object that is the profile: the profile itself, a whole
//! `config.json` of the OCI runtime spec, or an object of Kubernetes.

use super::Profile;
use super::fields::Reader;
use super::json::{self, Value};
use super::parse::{Read, Shared};
use crate::error::{Error, Kind};

impl<'a> Reader<'a> {
    pub(super) fn source(&mut self) -> Option<Read<(Profile, Shared)>> {
        let root = self.take(json::read(self.json, self.text, self.base))?;
        let members = match root.members() {
            Some(members) => self.take(members)?,
            None => Vec::new(),
        };
        let has = |key: &str| members.iter().any(|member| member.key.value == key);
        if has("ociVersion") {
            let seccomp = self.config(root)?;
            self.profile(seccomp, "linux.seccomp")
        } else if has("apiVersion") && has("kind") {
            let spec = self.kubernetes(root)?;
            self.profile(spec, "spec")
        } else {
            self.profile(root, "")
        }
    }

    /// Returns the `linux.seccomp` of a `config.json`, and ignores its other fields.
    fn config(&mut self, root: Value<'a>) -> Option<Value<'a>> {
        let config = self.some_fields(root, "", &["ociVersion", "linux"])?;
        let linux = self.required(&config, "linux")?;
        let linux = self.some_fields(linux, "linux", &["seccomp"])?;
        self.required(&linux, "seccomp")
    }

    /// Returns the `spec` of a `SeccompProfile`, the object of Kubernetes' Security Profiles
    /// Operator, and ignores its other fields.
    fn kubernetes(&mut self, root: Value<'a>) -> Option<Value<'a>> {
        let object = self.some_fields(root, "", &["apiVersion", "kind", "spec"])?;
        let kind = self.string(&object, "kind")?;
        if kind.value != "SeccompProfile" {
            let message = format!("the Kubernetes object is a `{}`", kind.value);
            self.errors.push(
                Error::new(Kind::WrongType, kind.span, message)
                    .path("kind")
                    .label("only a `SeccompProfile` contains a profile")
                    .note("the field `seccompProfile` of a pod only names a profile; use the file that it names"),
            );
            return None;
        }
        let spec = self.required(&object, "spec")?;
        let base = self.some_fields(spec, "spec", &["baseProfileName"])?;
        if let Some(name) = base.get("baseProfileName") {
            self.errors.push(
                Error::new(
                    Kind::UnknownField,
                    name.span,
                    "`baseProfileName` refers to a profile of the cluster, which is not in this file",
                )
                .path("spec.baseProfileName")
                .label("its rules are unknown here")
                .note("copy the rules of that profile into this one, and remove `baseProfileName`"),
            );
            return None;
        }
        Some(spec)
    }
}
