//! JSON values → [`Profile`], strict: every key known and once, every value of its type.
//!
//! All errors of a text are collected; a value that is wrong is left out, so that nothing else is
//! reported because of it.

use std::collections::BTreeMap;

use crate::abi::Abi;
use crate::error::{Error, Errors, Kind, Span, Spanned};
use crate::json::{self, Member, Value};
use crate::policy::Action;
use crate::suggest::nearest;
use crate::profile::{ACTIONS, Arg, Entry, Flag, OPS, Place, Profile, action, arg};

/// How many conditions a rule may have; `clone` with a mask a flag has seven.
const MAX_ARGS: usize = 1024;

impl Profile {
    /// Reads a profile, or the `linux.seccomp` of a whole `config.json`.
    ///
    /// # Errors
    /// All that is wrong with the text, up to a bound, with places.
    pub fn parse(text: &str) -> Result<Profile, Errors> {
        let mut reader = Reader { errors: Errors::default() };
        let read = reader.source(text);
        reader.errors.or(())?;
        // Without an error there is a profile: whatever is left out was reported.
        let nothing = || Error::nowhere(Kind::MissingField, "no profile in the text");
        let (profile, object) = read.ok_or_else(nothing)?;
        second_reader(object, &profile)?;
        Ok(profile)
    }
}

#[cfg(feature = "oci-spec")]
fn second_reader(object: Value<'_>, profile: &Profile) -> Result<(), Error> {
    crate::oci::agree(object.raw(), object.span, profile)
}

#[cfg(not(feature = "oci-spec"))]
fn second_reader(_: Value<'_>, _: &Profile) -> Result<(), Error> {
    Ok(())
}

struct Reader {
    errors: Errors,
}

/// The members of one object, by the names that are known there.
struct Fields<'a> {
    span: Span,
    place: String,
    known: Vec<(&'static str, Value<'a>)>,
    /// The names that unknown keys are likely to be meant for; those are not missing too.
    misspelt: Vec<&'static str>,
}

const PROFILE: &[&str] = &[
    "defaultAction",
    "defaultErrnoRet",
    "architectures",
    "flags",
    "listenerPath",
    "listenerMetadata",
    "syscalls",
];
const ENTRY: &[&str] = &["names", "action", "errnoRet", "args", "comment"];
const ARG: &[&str] = &["index", "value", "valueTwo", "op"];
/// Fields of the form that Docker and Podman read. Read as plain OCI a rule would hold for
/// everyone, or not at all, so they must not be passed over.
const EXTENDED: &[&str] = &["archMap", "name", "includes", "excludes", "errno", "defaultErrno"];

impl Reader {
    /// The profile and the object it stands in.
    fn source<'a>(&mut self, text: &'a str) -> Option<(Profile, Value<'a>)> {
        let root = self.take(json::read(text))?;
        let (object, place) = match self.config(root)? {
            Some(seccomp) => (seccomp, "linux.seccomp"),
            None => (root, ""),
        };
        let profile = self.profile(object, place)?;
        Some((profile, object))
    }

    /// The `linux.seccomp` of a `config.json`; what else stands there is not ours to judge.
    fn config<'a>(&mut self, root: Value<'a>) -> Option<Option<Value<'a>>> {
        let Some(members) = root.members() else { return Some(None) };
        let members = self.take(members)?;
        if !members.iter().any(|member| member.key.value == "ociVersion") {
            return Some(None);
        }
        let config = self.some_fields(root, "", &["ociVersion", "linux"])?;
        let linux = self.required(&config, "linux")?;
        let linux = self.some_fields(linux, "linux", &["seccomp"])?;
        self.required(&linux, "seccomp").map(Some)
    }

    fn profile(&mut self, object: Value<'_>, place: &str) -> Option<Profile> {
        let fields = self.fields(object, place, PROFILE)?;
        let default = self.action(&fields, "defaultAction", "defaultErrnoRet");
        let architectures = self.words(&fields, "architectures", |reader, value, place| {
            let known = Abi::ALL.map(|abi| (abi.oci_name(), abi));
            let known: Vec<_> = known.iter().map(|(name, abi)| (name.as_str(), *abi)).collect();
            reader.word(value, place, &known, Kind::UnknownArch, "architecture")
        });
        let flags = self.words(&fields, "flags", |reader, value, place| {
            let known = Flag::ALL.map(|flag| (flag.name(), flag));
            reader.word(value, place, &known, Kind::UnknownFlag, "flag")
        });
        let listener_path = self.string(&fields, "listenerPath");
        let listener_metadata = self.string(&fields, "listenerMetadata");
        if let (Some(metadata), None) = (&listener_metadata, &listener_path) {
            let message = "`listenerMetadata` without `listenerPath`";
            self.errors.push(
                Error::new(Kind::ListenerMetadataWithoutPath, metadata.span, message)
                    .at(fields.path("listenerMetadata"))
                    .label("nobody would get it"),
            );
        }
        let syscalls = self.words(&fields, "syscalls", Reader::entry);
        let profile = Profile {
            default_action: default?,
            architectures,
            flags,
            listener_path: listener_path.map(|path| path.value),
            listener_metadata: listener_metadata.map(|metadata| metadata.value),
            syscalls: syscalls.into_iter().map(|entry| entry.value).collect(),
        };
        self.take(profile.check().map_err(|error| error.at(fields.path("defaultAction"))))?;
        Some(profile)
    }

    fn entry(&mut self, value: Value<'_>, place: String) -> Option<Entry> {
        let fields = self.fields(value, &place, ENTRY)?;
        let names = self.required(&fields, "names").map(|value| {
            let names = self.words(&fields, "names", |reader, value, place| {
                reader.expect(value, place, "a string", Value::string)
            });
            if value.elements().is_some_and(|list| list.is_ok_and(|list| list.is_empty())) {
                let message = "a rule without system calls";
                let error = Error::new(Kind::EmptyNames, value.span, message);
                self.errors.push(error.at(fields.path("names")).label("name at least one"));
            }
            names
        });
        let action = self.action(&fields, "action", "errnoRet");
        let args = self.words(&fields, "args", Reader::arg);
        if let (Some(value), true) = (fields.get("args"), args.len() > MAX_ARGS) {
            let message = format!("a rule with {} conditions", args.len());
            let error = Error::new(Kind::TooLarge, value.span, message);
            self.errors.push(error.at(fields.path("args")).label(format!("at most {MAX_ARGS}")));
        }
        self.string(&fields, "comment");
        Some(Entry { place: Place(place), names: names?, action: action?, args })
    }

    fn arg(&mut self, value: Value<'_>, place: String) -> Option<Arg> {
        let fields = self.fields(value, &place, ARG)?;
        let index = self.required(&fields, "index");
        let index = index.and_then(|index| self.integer(index, fields.path("index")));
        let datum = self.required(&fields, "value");
        let datum = datum.and_then(|datum| self.integer(datum, fields.path("value")));
        let two = match fields.get("valueTwo") {
            Some(two) => Some(self.integer(two, fields.path("valueTwo"))?),
            None => None,
        };
        let op = self.required(&fields, "op").and_then(|op| {
            self.word(op, fields.path("op"), &OPS, Kind::UnknownOp, "operator")
        });
        let arg: Result<Arg, Error> = arg(index?, op?, datum?, two);
        self.take(arg.map_err(|error| error.at(place)))
    }

    /// An action with its errno.
    fn action(&mut self, fields: &Fields<'_>, name: &'static str, errno: &'static str) -> Option<Spanned<Action>> {
        let word = self.required(fields, name);
        let value = word.and_then(|word| {
            let path = fields.path(name);
            self.word(word, path, &ACTIONS, Kind::UnknownAction, "action")
        });
        let data = match fields.get(errno) {
            Some(data) => Some(self.integer(data, fields.path(errno))?),
            None => None,
        };
        let word = Spanned { value: value?, span: word?.span };
        self.take(action(word, data, errno).map_err(|error| error.at(fields.path(errno))))
    }

    /// Reads each element of an optional array.
    fn words<T>(
        &mut self,
        fields: &Fields<'_>,
        name: &'static str,
        read: impl Fn(&mut Reader, Value<'_>, String) -> Option<T>,
    ) -> Vec<Spanned<T>> {
        let Some(value) = fields.get(name) else { return Vec::new() };
        let path = fields.path(name);
        let Some(elements) = self.expect(value, path.clone(), "an array", Value::elements) else {
            return Vec::new();
        };
        let mut list = Vec::with_capacity(elements.len());
        for (i, element) in elements.into_iter().enumerate() {
            if self.errors.is_full() {
                break;
            }
            if let Some(value) = read(self, element, format!("{path}[{i}]")) {
                list.push(Spanned { value, span: element.span });
            }
        }
        list
    }

    /// A string that is one of a few words.
    fn word<T: Copy>(
        &mut self,
        value: Value<'_>,
        place: String,
        known: &[(&str, T)],
        kind: Kind,
        noun: &str,
    ) -> Option<T> {
        let word = self.expect(value, place.clone(), "a string", Value::string)?;
        if let Some((_, found)) = known.iter().find(|(name, _)| *name == word) {
            return Some(*found);
        }
        let names = || known.iter().map(|(name, _)| *name);
        let all = names().collect::<Vec<_>>().join(", ");
        self.errors.push(
            Error::new(kind, value.span, format!("unknown {noun} `{word}`"))
                .at(place)
                .did_you_mean(&word, names(), &format!("no such {noun}"))
                .note(format!("known are {all}")),
        );
        None
    }

    fn string(&mut self, fields: &Fields<'_>, name: &'static str) -> Option<Spanned<String>> {
        let value = fields.get(name)?;
        let text = self.expect(value, fields.path(name), "a string", Value::string)?;
        Some(Spanned { value: text, span: value.span })
    }

    fn integer(&mut self, value: Value<'_>, place: String) -> Option<Spanned<u64>> {
        if let Some(number) = value.integer() {
            return Some(Spanned { value: number, span: value.span });
        }
        let message = match value.type_name() {
            "a number" => format!("`{}` is no integer from 0 to 2^64-1", value.raw()),
            other => format!("expected an integer, found {other}"),
        };
        let error = Error::new(Kind::WrongType, value.span, message).at(place);
        self.errors.push(error.label("write it without sign, fraction and exponent"));
        None
    }

    /// A value of one type.
    fn expect<'a, T>(
        &mut self,
        value: Value<'a>,
        place: String,
        wanted: &str,
        get: impl Fn(Value<'a>) -> Option<Result<T, Error>>,
    ) -> Option<T> {
        match get(value) {
            Some(result) => self.take(result.map_err(|error| error.at(place))),
            None => {
                let message = format!("expected {wanted}, found {}", value.type_name());
                self.errors.push(Error::new(Kind::WrongType, value.span, message).at(place));
                None
            }
        }
    }

    /// The members of an object, all of which must be known.
    fn fields<'a>(
        &mut self,
        value: Value<'a>,
        place: &str,
        names: &[&'static str],
    ) -> Option<Fields<'a>> {
        let members = self.expect(value, place.to_string(), "an object", Value::members)?;
        let mut misspelt: Vec<&'static str> = Vec::new();
        for Member { key, .. } in &members {
            if names.contains(&key.value.as_str()) || self.errors.is_full() {
                continue;
            }
            misspelt.extend(nearest(&key.value, names.iter().copied()).first().copied());
            let message = format!("unknown field `{}`", key.value);
            let error = Error::new(Kind::UnknownField, key.span, message)
                .at(place)
                .did_you_mean(&key.value, names.iter().copied(), "no such field here");
            self.errors.push(if EXTENDED.contains(&key.value.as_str()) {
                error
                    .label("belongs to Docker's and Podman's extended form")
                    .note("plain OCI runtimes pass it over, which lets a rule hold for everyone")
                    .note("resolve the profile to plain OCI first")
            } else {
                error.note(format!("known are {}", names.join(", ")))
            });
        }
        let fields = self.pick(&members, value.span, place, names);
        Some(Fields { misspelt, ..fields })
    }

    /// The members of an object that are known; the others are not ours to judge.
    fn some_fields<'a>(
        &mut self,
        value: Value<'a>,
        place: &str,
        names: &[&'static str],
    ) -> Option<Fields<'a>> {
        let members = self.expect(value, place.to_string(), "an object", Value::members)?;
        Some(self.pick(&members, value.span, place, names))
    }

    /// The members of some names, each of which may stand once; `null` counts as absent.
    fn pick<'a>(
        &mut self,
        members: &[Member<'a>],
        span: Span,
        place: &str,
        names: &[&'static str],
    ) -> Fields<'a> {
        let mut known: Vec<(&'static str, Value<'a>)> = Vec::new();
        let mut seen: BTreeMap<&str, Span> = BTreeMap::new();
        for Member { key, value } in members {
            if let Some(&first) = seen.get(key.value.as_str()) {
                let message = format!("`{}` stands twice", key.value);
                let error = Error::new(Kind::DuplicateKey, key.span, message).at(place);
                self.errors.push(error.label("which one is meant?").related(first, "first here"));
                continue;
            }
            seen.insert(&key.value, key.span);
            let name = names.iter().find(|name| **name == key.value);
            known.extend(name.filter(|_| !value.is_null()).map(|name| (*name, *value)));
        }
        Fields { span, place: place.to_string(), known, misspelt: Vec::new() }
    }

    fn required<'a>(&mut self, fields: &Fields<'a>, name: &'static str) -> Option<Value<'a>> {
        let value = fields.get(name);
        if value.is_none() && !fields.misspelt.contains(&name) {
            let brace = Span { start: fields.span.start, end: fields.span.start + 1 };
            let error = Error::new(Kind::MissingField, brace, format!("no field `{name}`"));
            self.errors.push(error.at(fields.place.as_str()).label("it is required here"));
        }
        value
    }

    fn take<T>(&mut self, result: Result<T, Error>) -> Option<T> {
        result.map_err(|error| self.errors.push(error)).ok()
    }
}

impl<'a> Fields<'a> {
    fn get(&self, name: &str) -> Option<Value<'a>> {
        self.known.iter().find(|(known, _)| *known == name).map(|(_, value)| *value)
    }

    fn path(&self, name: &str) -> String {
        if self.place.is_empty() { name.to_string() } else { format!("{}.{name}", self.place) }
    }
}
