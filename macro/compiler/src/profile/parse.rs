//! JSON of a profile → [`Profile`]; fields of Docker and Podman are resolved to plain OCI.
//!
//! One superset of all forms is accepted; there is no format switch. This module resolves the
//! fields beyond the OCI spec. The *plain* JSON that remains goes through the second reader.

use super::{Entry, Excluded, Flag, JsonPath, Profile};
use crate::error::{Error, Kind, Span, Spanned};
use crate::linux::action::Action;
use crate::linux::action::{ACTIONS, with_number};
use crate::profile::fields::{Fields, RawMember, Reader};
use crate::profile::json::Value;

/// How many conditions a rule can have. Rules for `clone`, with one mask for each flag, have seven.
pub(super) const MAX_ARGS: usize = 1024;

/// A value, and the same value as plain OCI JSON. The JSON is assembled from pieces of the text, so
/// that the second reader does not depend on how the first reader understood them.
pub(super) struct Read<T> {
    pub(super) value: T,
    pub(super) plain: String,
}

/// Where a text has the members that it shares with the texts it is composed with.
#[derive(Clone, Copy, Default)]
pub(super) struct Shared {
    pub(super) default_action: Option<Span>,
    pub(super) architectures: Option<Span>,
    pub(super) flags: Option<Span>,
    pub(super) listener_path: Option<Span>,
    pub(super) listener_metadata: Option<Span>,
}

pub(super) const PROFILE: &[&str] = &[
    "defaultAction",
    "defaultErrnoRet",
    "defaultErrno",
    "architectures",
    "archMap",
    "flags",
    "listenerPath",
    "listenerMetadata",
    "syscalls",
    "$schema",
];
pub(super) const ENTRY: &[&str] = &[
    "names", "name", "action", "errnoRet", "errno", "args", "includes", "excludes",
];

impl<'a> Reader<'a> {
    pub(super) fn profile(
        &mut self,
        object: Value<'a>,
        path: &str,
    ) -> Option<Read<(Profile, Shared)>> {
        let fields = self.fields(object, path, PROFILE)?;
        self.string(&fields, "$schema");
        let default = self.default_action(&fields);
        let (architectures, plain_architectures) = self.architectures(&fields);
        let flags = self.array(&fields, "flags", |reader, value, path| {
            let known = Flag::ALL.map(|flag| (flag.name(), flag));
            reader.one_of(value, path, &known, Kind::UnknownFlag, "flag")
        });
        let given = |text: &Spanned<String>| !text.value.is_empty();
        let listener_path = self.string(&fields, "listenerPath").filter(given);
        let listener_metadata = self.string(&fields, "listenerMetadata").filter(given);
        if let (Some(metadata), None) = (&listener_metadata, &listener_path) {
            let message = "`listenerMetadata` needs `listenerPath`";
            self.errors.push(
                Error::new(Kind::ListenerMetadataWithoutPath, metadata.span, message)
                    .path(fields.path("listenerMetadata"))
                    .label("without `listenerPath` it is sent to no one"),
            );
        }
        let read = self.array(&fields, "syscalls", Reader::entry);
        let (mut syscalls, mut rules) = (Vec::with_capacity(read.len()), Vec::new());
        for entry in read {
            syscalls.push(entry.value.value);
            rules.push(entry.value.plain);
        }
        let (default_action, default_word, default_errno) = default?;
        let has = |name| fields.get(name).map(|value| value.span);
        let shared = Shared {
            default_action: has("defaultAction"),
            architectures: has("architectures").or(has("archMap")),
            flags: has("flags"),
            listener_path: listener_path.as_ref().map(|path| path.span),
            listener_metadata: listener_metadata.as_ref().map(|text| text.span),
        };
        let plain = object_of([
            default_word,
            default_errno,
            plain_architectures,
            fields.raw("flags"),
            fields.raw("listenerPath"),
            fields.raw("listenerMetadata"),
            Some(("syscalls", format!("[{}]", rules.join(",")))),
        ]);
        let profile = Profile {
            default_action,
            architectures,
            flags,
            listener_path: listener_path.map(|path| path.value),
            listener_metadata: listener_metadata.map(|metadata| metadata.value),
            syscalls,
            excluded: std::mem::take(&mut self.excluded),
            min_kernels: std::mem::take(&mut self.min_kernels),
            strings: self.strings.into_iter().collect(),
            groups: Vec::new(),
            is_composed: false,
        };
        self.take(
            profile
                .check()
                .map_err(|error| error.path(fields.path("defaultAction"))),
        )?;
        Some(Read {
            value: (profile, shared),
            plain,
        })
    }

    /// Reads the default action with its errno, or inherits it from the profile that this one
    /// extends; returns both also as members of plain OCI.
    fn default_action(
        &mut self,
        fields: &Fields<'a>,
    ) -> Option<(Spanned<Action>, Option<RawMember>, Option<RawMember>)> {
        let names = ["defaultAction", "defaultErrnoRet", "defaultErrno"];
        let is_absent = names.iter().all(|name| fields.get(name).is_none());
        if let Some(inherited) = self.inherited.filter(|_| is_absent) {
            let word = format!("\"{}\"", inherited.value.oci_name());
            let errno = inherited.value.number().map(|errno| errno.to_string());
            return Some((
                inherited,
                Some(("defaultAction", word)),
                errno.map(|errno| ("defaultErrnoRet", errno)),
            ));
        }
        let [name, number, named] = names;
        let (action, errno) = self.action(fields, name, number, named)?;
        Some((action, fields.raw(name), errno))
    }

    /// Reads a rule; returns `None` also if the rule does not apply to the target with the options.
    fn entry(&mut self, value: Value<'a>, path: String) -> Option<Read<Entry>> {
        let fields = self.fields(value, &path, ENTRY)?;
        let names = self.names(&fields);
        let action = self.action(&fields, "action", "errnoRet", "errno");
        let args = self.array(&fields, "args", Reader::arg);
        if let (Some(value), true) = (fields.get("args"), args.len() > MAX_ARGS) {
            let message = format!("the rule has {} conditions", args.len());
            let error = Error::new(Kind::TooLarge, value.span, message);
            self.errors.push(
                error
                    .path(fields.path("args"))
                    .label(format!("at most {MAX_ARGS}")),
            );
        }
        let applies = self.applies(&fields);
        let (names, (action, errno)) = (names?, action?);
        let name = fields.raw("name").filter(|(_, name)| name != "\"\"");
        let plain_names = name.map(|(_, name)| ("names", format!("[{name}]")));
        let plain = object_of([
            plain_names.or_else(|| fields.raw("names")),
            fields.raw("action"),
            errno,
            self.plain_args(&fields),
        ]);
        let entry = Entry {
            path: JsonPath(path),
            names,
            action,
            args,
            source: 0,
        };
        if !applies {
            let raw = |key| fields.raw(key).map(|(_, json)| json);
            self.excluded.push(Excluded {
                entry,
                includes: raw("includes"),
                excludes: raw("excludes"),
            });
            return None;
        }
        Some(Read {
            value: entry,
            plain,
        })
    }

    /// Reads the calls of a rule: `names`, or the `name` of an old Docker profile.
    fn names(&mut self, fields: &Fields<'a>) -> Option<Vec<Spanned<String>>> {
        // As in Go, where an empty name and an empty list are absent ones.
        let has_names = |value: Value<'a>| {
            let list = value.elements().and_then(Result::ok);
            list.is_none_or(|list| !list.is_empty())
        };
        let string = |reader: &mut Self, value: Value<'a>, path: String| {
            let name = reader.expect(value, &path, "a string", Value::string)?;
            if name.is_empty() {
                let error = Error::new(
                    Kind::EmptyNames,
                    value.span,
                    "the name of a system call is empty",
                );
                reader.errors.push(error.path(path).label("write a name"));
            }
            Some(name)
        };
        let name = fields.get("name");
        let name = name.filter(|name| name.raw() != "\"\"" || fields.get("names").is_none());
        if let Some(value) = name {
            if let Some(names) = fields.get("names").filter(|names| has_names(*names)) {
                let error = Error::new(
                    Kind::NameAndNames,
                    value.span,
                    "the rule has both `name` and `names`",
                );
                self.errors.push(
                    error
                        .path(fields.path("name"))
                        .label("move this name to `names`")
                        .related(names.span, "`names` is here"),
                );
            }
            let name = string(self, value, fields.path("name"))?;
            return Some(vec![Spanned {
                value: name,
                span: value.span,
            }]);
        }
        let value = self.required(fields, "names")?;
        let names = self.array(fields, "names", string);
        if value.is_empty_array() {
            let error = Error::new(Kind::EmptyNames, value.span, "`names` is empty");
            self.errors.push(
                error
                    .path(fields.path("names"))
                    .label("list at least one system call"),
            );
        }
        Some(names)
    }

    /// Reads an action with its errno; returns the errno also as a member of plain OCI.
    fn action(
        &mut self,
        fields: &Fields<'a>,
        name: &'static str,
        number: &'static str,
        named: &'static str,
    ) -> Option<(Spanned<Action>, Option<RawMember>)> {
        let word = self.required(fields, name);
        let value = word.and_then(|word| {
            let path = fields.path(name);
            self.one_of(word, path, &ACTIONS, Kind::UnknownAction, "action")
        });
        let errno = self.errno(fields, number, named)?;
        let plain = match errno {
            // A name has the target's number.
            Some(errno) if fields.get(named).is_some() => Some((number, errno.value.to_string())),
            _ => fields.raw(number),
        };
        let field = if fields.get(number).is_some() {
            number
        } else {
            named
        };
        let word = Spanned {
            value: value?,
            span: word?.span,
        };
        let joined =
            with_number(word, errno, field).map_err(|error| error.path(fields.path(field)));
        Some((self.take(joined)?, plain))
    }
}

/// Writes a JSON object of plain OCI, if there is a second reader.
fn object_of<const N: usize>(members: [Option<RawMember>; N]) -> String {
    if cfg!(not(feature = "oci-spec")) {
        return String::new();
    }
    let members: Vec<String> = members
        .into_iter()
        .flatten()
        .map(|(name, raw)| format!("\"{name}\":{raw}"))
        .collect();
    format!("{{{}}}", members.join(","))
}

#[cfg(all(test, feature = "oci-spec"))]
mod tests {
    use super::*;
    use crate::linux::abi::Abi;
    use crate::options::Options;
    use crate::source::Sources;

    #[test]
    fn plain_oci_is_assembled_from_the_text() {
        let text = r#"{ "archMap": [{ "architecture": "SCMP_ARCH_X86_\u00364", "subArchitectures": ["SCMP_ARCH_X86"] }],
            "defaultAction": "SCMP_ACT_ERRNO", "defaultErrno": "ENOSYS", "flags": [ ],
            "syscalls": [
                { "names": ["bpf"], "action": "SCMP_ACT_ALLOW", "includes": { "caps": ["CAP_BPF"] } },
                { "name": "re\u0061d", "names": [], "action": "SCMP_ACT_TRACE", "errnoRet": 7, "comment": "x", "args": [ ] },
                { "names": [ "write" ], "name": "", "action": "SCMP_ACT_ALLOW", "excludes": { "caps": ["CAP_BPF"] } }
            ] }"#;
        let options = Options {
            capabilities: Some(Default::default()),
            ..Options::default()
        };
        let sources = Sources::one("", text);
        let mut reader = Reader::new(sources.first(), Abi::X86_64, &options);
        let plain = reader.source().unwrap().plain;
        let wanted = r#"{"defaultAction":"SCMP_ACT_ERRNO","defaultErrnoRet":38,
"architectures":["SCMP_ARCH_X86_\u00364","SCMP_ARCH_X86"],"flags":[ ],"syscalls":[
{"names":["re\u0061d"],"action":"SCMP_ACT_TRACE","errnoRet":7,"args":[ ]},
{"names":[ "write" ],"action":"SCMP_ACT_ALLOW"}]}"#;
        assert_eq!(plain, wanted.replace('\n', ""));
    }
}
