//! What Docker, Podman and CRI-O read beyond the OCI spec → plain OCI for one target:
//! `archMap`, rules `includes` and `excludes` some hosts, errnos by name.
//!
//! Plain OCI runtimes pass these fields over, and so let rules hold for everyone. Nothing is
//! assumed here: what a condition asks, the invocation has to answer.

use crate::error::{Error, Kind, Spanned};
use crate::linux::abi::Abi;
use crate::linux::capability::Capability;
use crate::linux::errno;
use crate::linux::version::Kernel;
use crate::profile::fields::{Fields, RawMember, Reader};
use crate::profile::json::Value;

/// The names that Go programs give architectures, with the older ones of Docker's tables.
const GO_NAMES: [(&str, Abi); 31] = [
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

/// One of `includes` and `excludes`; what is empty asks nothing.
#[derive(Default)]
struct Hosts {
    capabilities: Vec<Capability>,
    architectures: Vec<Abi>,
    min_kernel: Option<Kernel>,
}

impl<'a> Reader<'a> {
    /// Rules 39 and 40: what `architectures` lists, or `archMap` for the target.
    pub(crate) fn architectures(
        &mut self,
        fields: &Fields<'a>,
    ) -> (Vec<Spanned<Abi>>, Option<RawMember>) {
        let listed = self.words(fields, "architectures", Reader::architecture);
        let map = self.words(fields, "archMap", Reader::map_entry);
        if let (Some(first), Some(entry)) = (listed.first(), map.first()) {
            self.errors.push(
                Error::new(
                    Kind::ArchAndArchmap,
                    entry.span,
                    "`architectures` and `archMap` in one profile",
                )
                .path(fields.path("archMap"))
                .label("keep one of them")
                .related(first.span, "listed here"),
            );
            return (listed, fields.raw("architectures"));
        }
        let target = self.target;
        let of_target = map.into_iter().find(|entry| entry.value[0].value == target);
        let Some(Spanned { value: family, .. }) = of_target else {
            return (listed, fields.raw("architectures"));
        };
        let raw: Vec<&str> = family
            .iter()
            .map(|abi| &self.text[abi.span.start..abi.span.end])
            .collect();
        let raw = format!("[{}]", raw.join(","));
        (family, Some(("architectures", raw)))
    }

    /// An architecture and its sub-architectures.
    fn map_entry(&mut self, value: Value<'a>, path: String) -> Option<Vec<Spanned<Abi>>> {
        let fields = self.fields(value, &path, &["architecture", "subArchitectures"])?;
        let subs = self.words(&fields, "subArchitectures", Reader::architecture);
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
        let known = Abi::ALL.map(|abi| (abi.oci_name(), abi));
        let known: Vec<_> = known
            .iter()
            .map(|(name, abi)| (name.as_str(), *abi))
            .collect();
        self.word(value, path, &known, Kind::UnknownArch, "architecture")
    }

    /// Rule 44: an errno as a number, a name of the target's, or both if they agree. The outer
    /// `None` is an error.
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
        let Some(value) = fields.get(named) else {
            return Some(given);
        };
        let word = self.expect(value, fields.path(named), "a string", Value::string)?;
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
                    errno::names(),
                    "a name such as `ENOSYS`, or a number",
                ),
            );
            return None;
        };
        if let Some(given) = given.filter(|given| given.value != meant) {
            let target = self.target;
            let message = format!(
                "`{named}` {word} is {meant} on {target}, not {}",
                given.value
            );
            self.errors.push(
                Error::new(Kind::ErrnoDiffers, value.span, message)
                    .path(fields.path(named))
                    .label("Podman takes this one")
                    .related(given.span, "everyone else this one")
                    .note(format!(
                        "remove `{number}`: a name is right on every target"
                    )),
            );
            return None;
        }
        Some(Some(Spanned {
            value: meant,
            span: value.span,
        }))
    }

    /// Rule 41: whether a rule holds on the target under the options.
    pub(crate) fn holds(&mut self, fields: &Fields<'a>) -> bool {
        let excludes = self.hosts(fields, "excludes");
        let includes = self.hosts(fields, "includes");
        let held = |capability: &Capability| {
            self.options
                .capabilities
                .as_ref()
                .is_some_and(|held| held.contains(capability))
        };
        let since = |version: &Kernel| self.options.kernel.is_some_and(|kernel| kernel >= *version);
        let excluded = excludes.architectures.contains(&self.target)
            || excludes.capabilities.iter().any(held)
            || excludes.min_kernel.iter().any(since);
        let included = (includes.architectures.is_empty()
            || includes.architectures.contains(&self.target))
            && includes.capabilities.iter().all(held)
            && includes.min_kernel.iter().all(since);
        included && !excluded
    }

    fn hosts(&mut self, fields: &Fields<'a>, name: &'static str) -> Hosts {
        let Some(value) = fields.get(name) else {
            return Hosts::default();
        };
        let fields = self.fields(value, &fields.path(name), &["caps", "arches", "minKernel"]);
        let Some(fields) = fields else {
            return Hosts::default();
        };
        let capabilities = self.words(&fields, "caps", Reader::capability);
        let architectures = self.words(&fields, "arches", Reader::host);
        let min_kernel = self.string(&fields, "minKernel").and_then(|version| {
            let path = fields.path("minKernel");
            let kernel = Kernel::parse(&version.value);
            let kernel = self.take(kernel.map_err(|error| error.span(version.span).path(path)))?;
            if self.options.kernel.is_none() {
                self.questions.kernel(version.span);
            }
            Some(kernel)
        });
        if let (Some(first), None) = (capabilities.first(), &self.options.capabilities) {
            let named = capabilities.iter().map(|capability| capability.value);
            self.questions.capabilities(first.span, named);
        }
        Hosts {
            capabilities: capabilities
                .into_iter()
                .map(|capability| capability.value)
                .collect(),
            architectures: architectures.into_iter().map(|abi| abi.value).collect(),
            min_kernel,
        }
    }

    /// An architecture by Go's name; those of the kernel and of the OCI spec never match in Docker.
    fn host(&mut self, value: Value<'a>, path: String) -> Option<Abi> {
        let name = self.expect(value, path.clone(), "a string", Value::string)?;
        let other = Abi::from_name(&name).or_else(|| Abi::from_oci_name(&name));
        let go_name = |abi| GO_NAMES.iter().find(|(_, known)| *known == abi);
        match other.and_then(go_name) {
            Some((go, _)) if GO_NAMES.iter().all(|(known, _)| *known != name) => {
                let message = format!("unknown architecture `{name}`");
                let error = Error::new(Kind::UnknownArch, value.span, message).path(path);
                self.errors.push(
                    error
                        .label(format!("did you mean `{go}`?"))
                        .note("here Go's names are used"),
                );
                None
            }
            _ => self.word(value, path, &GO_NAMES, Kind::UnknownArch, "architecture"),
        }
    }

    fn capability(&mut self, value: Value<'a>, path: String) -> Option<Capability> {
        let name = self.expect(value, path.clone(), "a string", Value::string)?;
        let capability = Capability::from_name(&name);
        self.take(capability.map_err(|error| error.span(value.span).path(path)))
    }
}
