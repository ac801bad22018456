//! Fields of Docker, Podman and CRI-O that the OCI spec lacks → plain OCI for one target:
//! `archMap`, `includes` and `excludes`, errnos by name.
//!
//! Plain OCI runtimes ignore these fields, and so apply every rule on every host. This module
//! assumes nothing about the host: if a rule depends on it, the invocation must describe it.

use crate::error::{Error, Kind, Spanned};
use crate::linux::abi::Abi;
use crate::linux::capability::Capability;
use crate::linux::errno;
use crate::linux::version::Kernel;
use crate::profile::fields::{Fields, RawMember, Reader};
use crate::profile::json::Value;

/// Go's names of architectures, and the older names in Docker's tables.
pub(super) const GO_NAMES: [(&str, Abi); 31] = [
    ("x86", Abi::X86),
    ("386", Abi::X86),
    ("amd64", Abi::X86_64),
    ("amd64p32", Abi::X32),
    ("x32", Abi::X32),
    ("arm", Abi::Arm),
    ("arm64", Abi::Aarch64),
    ("loong64", Abi::Loongarch64),
    ("loongarch64", Abi::Loongarch64),
    ("m68k", Abi::M68k),
    ("mips", Abi::Mips),
    ("mips64", Abi::Mips64),
    ("mips64n32", Abi::Mips64n32),
    ("mips64p32", Abi::Mips64n32),
    ("mipsel", Abi::Mipsel),
    ("mipsle", Abi::Mipsel),
    ("mipsel64", Abi::Mipsel64),
    ("mips64le", Abi::Mipsel64),
    ("mipsel64n32", Abi::Mipsel64n32),
    ("mips3l64n32", Abi::Mipsel64n32),
    ("mips64p32le", Abi::Mipsel64n32),
    ("parisc", Abi::Parisc),
    ("parisc64", Abi::Parisc64),
    ("ppc", Abi::Ppc),
    ("ppc64", Abi::Ppc64),
    ("ppc64le", Abi::Ppc64le),
    ("riscv64", Abi::Riscv64),
    ("s390", Abi::S390),
    ("s390x", Abi::S390x),
    ("sh", Abi::Sh),
    ("sheb", Abi::Sheb),
];

/// The fields of an entry of `archMap`.
pub(super) const MAP_ENTRY: &[&str] = &["architecture", "subArchitectures"];
/// The fields of `includes` and `excludes`.
pub(super) const HOSTS: &[&str] = &["caps", "arches", "minKernel"];

/// The name that libseccomp's bindings have for the target, as JSON.
const NATIVE: &str = "\"SCMP_ARCH_NATIVE\"";

/// The hosts that `includes` or `excludes` describes. An empty field matches every host.
#[derive(Default)]
struct Hosts {
    capabilities: Vec<Capability>,
    architectures: Vec<Abi>,
    min_kernel: Option<Kernel>,
}

impl<'a> Reader<'a> {
    /// Reads `architectures`, or the entry of `archMap` for the target (`format`, *Architecture
    /// map*).
    pub(crate) fn architectures(
        &mut self,
        fields: &Fields<'a>,
    ) -> (Vec<Spanned<Abi>>, Option<RawMember>) {
        let listed = self.array(fields, "architectures", Reader::architecture);
        let map = self.array(fields, "archMap", Reader::map_entry);
        if let (Some(first), Some(entry)) = (listed.first(), map.first()) {
            self.errors.push(
                Error::new(
                    Kind::ArchAndArchmap,
                    entry.span,
                    "the profile has both `architectures` and `archMap`",
                )
                .path(fields.path("archMap"))
                .label("keep only one of the two")
                .related(first.span, "the other list is here"),
            );
            return (listed, fields.raw("architectures"));
        }
        let target = self.target;
        let of_target = map.iter().find(|entry| entry.value[0].value == target);
        let Some(Spanned { value: family, .. }) = of_target else {
            return (listed, fields.raw("architectures"));
        };
        let raw: Vec<&str> = family
            .iter()
            .map(|abi| &self.text[abi.span.start - self.base..abi.span.end - self.base])
            .collect();
        let raw = format!("[{}]", raw.join(","));
        (family.clone(), Some(("architectures", raw)))
    }

    /// Reads an architecture and its sub-architectures.
    fn map_entry(&mut self, value: Value<'a>, path: String) -> Option<Vec<Spanned<Abi>>> {
        let fields = self.fields(value, &path, MAP_ENTRY)?;
        let subs = self.array(&fields, "subArchitectures", Reader::architecture);
        let value = self.required(&fields, "architecture")?;
        let main = self.architecture(value, fields.path("architecture"))?;
        let mut family = vec![Spanned {
            value: main,
            span: value.span,
        }];
        family.extend(subs);
        Some(family)
    }

    fn architecture(&mut self, value: Value<'a>, path: String) -> Option<Abi> {
        if value.raw() == NATIVE {
            let message = "`SCMP_ARCH_NATIVE` is not a name of the OCI spec";
            let error = Error::new(Kind::UnknownArch, value.span, message).path(path);
            let error = error.label("remove it");
            self.errors
                .push(error.note("the target is always compiled, listed or not"));
            return None;
        }
        let known = Abi::ALL.map(|abi| (abi.oci_name(), abi));
        let known: Vec<_> = known
            .iter()
            .map(|(name, abi)| (name.as_str(), *abi))
            .collect();
        self.one_of(value, path, &known, Kind::UnknownArch, "architecture")
    }

    /// Reads an errno: a number, a name on the target, or both if they agree (`format`, *Errno
    /// names*). The outer `None` means that an error was recorded.
    pub(crate) fn errno(
        &mut self,
        fields: &Fields<'a>,
        number: &'static str,
        named: &'static str,
    ) -> Option<Option<Spanned<u64>>> {
        let given = match fields.get(number) {
            Some(value) => Some(self.integer(value, fields.path(number))?),
            None => None,
        };
        // As in Go, where an empty string is an absent one.
        let Some(value) = fields.get(named).filter(|value| value.raw() != "\"\"") else {
            return Some(given);
        };
        let word = self.expect(value, &fields.path(named), "a string", Value::string)?;
        let decimal = !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_digit());
        let meant = if decimal {
            word.parse().ok()
        } else {
            errno::number(self.target, &word).map(u64::from)
        };
        let Some(meant) = meant else {
            self.errors.push(
                Error::new(
                    Kind::UnknownErrno,
                    value.span,
                    format!("unknown errno `{word}`"),
                )
                .path(fields.path(named))
                .did_you_mean(
                    &word,
                    &errno::names(),
                    "use a name such as `ENOSYS`, or a number",
                ),
            );
            return None;
        };
        // Podman's own profile has the numbers of most architectures beside the names.
        let usual = errno::number(Abi::X86_64, &word).map(u64::from);
        let same = |given: u64| given == meant || Some(given) == usual;
        if let Some(given) = given.filter(|given| !same(given.value)) {
            let target = self.target;
            let message = format!(
                "`{named}` {word} is {meant} on {target}, but `{number}` is {}",
                given.value
            );
            self.errors.push(
                Error::new(Kind::ErrnoDiffers, value.span, message)
                    .path(fields.path(named))
                    .label("Podman uses this one")
                    .related(given.span, "other runtimes use this one")
                    .note(format!(
                        "remove `{number}`: a name is correct on every target"
                    )),
            );
            return None;
        }
        Some(Some(Spanned {
            value: meant,
            span: value.span,
        }))
    }

    /// Returns whether a rule applies on the target with the options (`format`, *Includes and
    /// excludes*).
    pub(crate) fn applies(&mut self, fields: &Fields<'a>) -> bool {
        let excludes = self.hosts(fields, "excludes");
        let includes = self.hosts(fields, "includes");
        let has = |capability: &Capability| {
            self.options
                .capabilities
                .as_ref()
                .is_some_and(|given| given.contains(capability))
        };
        let since = |version: &Kernel| self.options.kernel.is_some_and(|kernel| kernel >= *version);
        let excluded = excludes.architectures.contains(&self.target)
            || excludes.capabilities.iter().any(has)
            || excludes.min_kernel.iter().any(since);
        let included = (includes.architectures.is_empty()
            || includes.architectures.contains(&self.target))
            && includes.capabilities.iter().all(has)
            && includes.min_kernel.iter().all(since);
        included && !excluded
    }

    fn hosts(&mut self, fields: &Fields<'a>, name: &'static str) -> Hosts {
        let Some(value) = fields.get(name) else {
            return Hosts::default();
        };
        let fields = self.fields(value, &fields.path(name), HOSTS);
        let Some(fields) = fields else {
            return Hosts::default();
        };
        let capabilities = self.array(&fields, "caps", Reader::capability);
        let architectures = self.array(&fields, "arches", Reader::host);
        let version = self.string(&fields, "minKernel");
        let version = version.filter(|version| !version.value.is_empty());
        let min_kernel = version.and_then(|version| {
            let path = fields.path("minKernel");
            let kernel = Kernel::parse(&version.value);
            let kernel = self.take(kernel.map_err(|error| error.span(version.span).path(path)))?;
            self.min_kernels.push(Spanned {
                value: kernel,
                span: version.span,
            });
            if self.options.kernel.is_none() {
                self.needs.kernel(version.span);
            }
            Some(kernel)
        });
        if let (Some(first), None) = (capabilities.first(), &self.options.capabilities) {
            let named = capabilities.iter().map(|capability| capability.value);
            self.needs.capabilities(first.span, named);
        }
        Hosts {
            capabilities: capabilities.iter().map(|one| one.value).collect(),
            architectures: architectures.iter().map(|abi| abi.value).collect(),
            min_kernel,
        }
    }

    /// Reads an architecture by Go's name. In Docker, names of the kernel and of the OCI spec
    /// never match.
    fn host(&mut self, value: Value<'a>, path: String) -> Option<Abi> {
        let name = self.expect(value, &path, "a string", Value::string)?;
        let other = Abi::from_name(&name).or_else(|| Abi::from_oci_name(&name));
        let go_name = |abi| GO_NAMES.iter().find(|(_, known)| *known == abi);
        match other.and_then(go_name) {
            Some((go, _)) if GO_NAMES.iter().all(|(known, _)| *known != name) => {
                let message = format!("unknown architecture `{name}`");
                let error = Error::new(Kind::UnknownArch, value.span, message).path(path);
                self.errors.push(
                    error
                        .label(format!("did you mean `{go}`?"))
                        .note("`arches` contains Go's names of architectures"),
                );
                None
            }
            _ => self.one_of(value, path, &GO_NAMES, Kind::UnknownArch, "architecture"),
        }
    }

    fn capability(&mut self, value: Value<'a>, path: String) -> Option<Capability> {
        let name = self.expect(value, &path, "a string", Value::string)?;
        let capability = Capability::from_name(&name);
        self.take(capability.map_err(|error| error.span(value.span).path(path)))
    }
}
