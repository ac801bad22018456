//! Options of the command line that all subcommands with a profile share → [`Options`].

use clap::Args;
use seccomp_profile_compiler::options::Setting;
use seccomp_profile_compiler::options::weights::Weights;
use seccomp_profile_compiler::{Abi, Options, Sources};

use crate::Failure;
use crate::texts;

/// The ABI that a profile is for.
#[derive(Args, Clone, Default, PartialEq)]
pub(crate) struct Target {
    /// The ABI of the program to confine: an OCI architecture in lower case without SCMP_ARCH_, or
    /// the first part of a Rust target [default: this host]
    #[arg(long, value_name = "NAME")]
    target: Option<String>,
}

/// What an invocation says beside the profile: the options of the macro.
#[derive(Args, Clone, Default, PartialEq)]
#[command(next_help_heading = "Options of the profile")]
pub(crate) struct ProfileOptions {
    #[command(flatten)]
    pub(crate) target: Target,
    /// A group such as abort, or the path of another profile (it contains a `/` or a `.`); can be
    /// repeated
    #[arg(long, value_name = "NAME")]
    pub(crate) with: Vec<String>,
    /// The capabilities that the process can have, "" for none: for `includes` and `excludes`
    #[arg(long, value_name = "A,B")]
    capabilities: Option<String>,
    /// The oldest kernel to run on, such as 5.10: for `minKernel`
    #[arg(long, value_name = "VERSION")]
    kernel: Option<String>,
    /// Leave out every other ABI that the profile lists
    #[arg(long)]
    native_only: bool,
    /// Compare only what the kernel takes of an argument
    #[arg(long)]
    typed_arguments: bool,
    /// `first-match` accepts rules that runtimes answer differently: the first one wins
    #[arg(long, value_name = "HOW")]
    overlap: Option<String>,
    /// `ignore` leaves out names that no architecture has, unless their rule is stricter than the
    /// default
    #[arg(long, value_name = "HOW")]
    unknown_names: Option<String>,
    /// `ENOSYS` is then the answer to calls newer than the compiler's table
    #[arg(long, value_name = "HOW")]
    newer_syscalls: Option<String>,
    /// Replaces the default action, as SCMP_ACT_ERRNO(38)
    #[arg(long, value_name = "ACTION")]
    default_action: Option<String>,
    /// Replaces every action but SCMP_ACT_ALLOW
    #[arg(long, value_name = "ACTION")]
    deny_action: Option<String>,
    /// The answer to calls of any other ABI [default: SCMP_ACT_KILL_THREAD]
    #[arg(long, value_name = "ACTION")]
    bad_arch_action: Option<String>,
    /// Accept SCMP_ACT_NOTIFY for write
    #[arg(long)]
    allow_notify_write: bool,
    /// Fail unless some calls get SCMP_ACT_TRAP, and the reporter's own calls are allowed
    #[arg(long)]
    reporter: bool,
    /// A file with a line `name weight` for each call that is made often
    #[arg(long, value_name = "FILE")]
    weights: Option<String>,
}

/// Levels of warnings.
#[derive(Args, Clone)]
#[command(next_help_heading = "Warnings")]
pub(crate) struct LintOptions {
    /// Silence a warning; can be repeated
    #[arg(long, value_name = "LINT")]
    allow: Vec<String>,
    /// Make a warning an error; can be repeated
    #[arg(long, value_name = "LINT")]
    deny: Vec<String>,
}

impl ProfileOptions {
    /// Returns whether no option but the target is given.
    pub(crate) fn is_target_only(&self) -> bool {
        let target = self.target.clone();
        *self
            == ProfileOptions {
                target,
                ..ProfileOptions::default()
            }
    }

    /// Returns the options of the compiler.
    pub(crate) fn options(&self) -> Result<Options, Failure> {
        let mut options = Options::default();
        if let Some(names) = &self.capabilities {
            let names = names.split(',').filter(|name| !name.is_empty());
            let names = Setting::List(names.map(String::from).collect());
            set(&mut options, "capabilities", names)?;
        }
        for (key, flag) in [
            ("native_only", self.native_only),
            ("typed_arguments", self.typed_arguments),
            ("allow_notify_write", self.allow_notify_write),
            ("reporter", self.reporter),
        ] {
            set(&mut options, key, Setting::Bool(flag))?;
        }
        for (key, word) in [
            ("kernel", &self.kernel),
            ("overlap", &self.overlap),
            ("unknown_names", &self.unknown_names),
            ("newer_syscalls", &self.newer_syscalls),
            ("default_action", &self.default_action),
            ("deny_action", &self.deny_action),
            ("bad_arch_action", &self.bad_arch_action),
        ] {
            if let Some(word) = word {
                set(&mut options, key, Setting::Word(word.clone()))?;
            }
        }
        if let Some(path) = &self.weights {
            let text = texts::read(path)?;
            options.weights = Weights::parse(&text).map_err(|errors| {
                Failure::Wrong(errors.render(&Sources::one(path, &text)).join("\n\n"))
            })?;
        }
        Ok(options)
    }
}

impl LintOptions {
    /// Sets the levels of warnings.
    pub(crate) fn apply(&self, options: &mut Options) -> Result<(), Failure> {
        set(options, "allow", Setting::List(self.allow.clone()))?;
        set(options, "deny", Setting::List(self.deny.clone()))
    }
}

fn set(options: &mut Options, key: &str, value: Setting) -> Result<(), Failure> {
    options.set(key, &value).map_err(|error| {
        let key = key.replace('_', "-");
        Failure::Usage(format!("--{key}: {}; {}", error.message, error.label))
    })
}

/// Other names of ABIs: first parts of Rust targets, and names that other tools use.
const ALIASES: [(&str, Abi); 18] = [
    ("amd64", Abi::X86_64),
    ("i386", Abi::X86),
    ("i586", Abi::X86),
    ("i686", Abi::X86),
    ("arm64", Abi::Aarch64),
    ("armv4t", Abi::Arm),
    ("armv5te", Abi::Arm),
    ("armv7", Abi::Arm),
    ("thumbv7neon", Abi::Arm),
    ("mips64el", Abi::Mipsel64),
    ("mipsisa32r6", Abi::Mips),
    ("mipsisa32r6el", Abi::Mipsel),
    ("mipsisa64r6", Abi::Mips64),
    ("mipsisa64r6el", Abi::Mipsel64),
    ("powerpc", Abi::Ppc),
    ("powerpc64", Abi::Ppc64),
    ("powerpc64le", Abi::Ppc64le),
    ("riscv64gc", Abi::Riscv64),
];

impl Target {
    /// Returns whether it is the ABI of this command.
    #[cfg(target_os = "linux")]
    pub(crate) fn is_host(&self) -> Result<bool, Failure> {
        Ok(self.abi()? == abi(host())?)
    }

    /// Returns the ABI; that of this command without the option.
    pub(crate) fn abi(&self) -> Result<Abi, Failure> {
        abi(self.target.as_deref().unwrap_or(host()))
    }

    /// Returns the ABI of this command.
    pub(crate) fn host() -> Result<Abi, Failure> {
        abi(host())
    }

    /// Returns the ABI if the option is given.
    pub(crate) fn given(&self) -> Result<Option<Abi>, Failure> {
        self.target.as_deref().map(abi).transpose()
    }
}

/// Returns the ABI with a name.
pub(crate) fn abi(name: &str) -> Result<Abi, Failure> {
    let alias = || ALIASES.iter().find(|(alias, _)| *alias == name);
    let abi = Abi::from_name(name).or_else(|| Some(alias()?.1));
    abi.ok_or_else(|| {
        let name = name.escape_debug();
        let names = Abi::ALL.map(Abi::name).join(", ");
        let aliases = ALIASES.map(|(alias, _)| alias).join(", ");
        Failure::Usage(format!(
            "no target `{name}`; there are {names}, and for some of them {aliases}"
        ))
    })
}

/// The ABI of this program, by the name that the compiler has for it.
pub(crate) fn host() -> &'static str {
    let little = cfg!(target_endian = "little");
    let wide = cfg!(target_pointer_width = "64");
    match (std::env::consts::ARCH, little, wide) {
        ("x86_64", _, false) => "x32",
        ("powerpc64", true, _) => "ppc64le",
        ("mips" | "mips32r6", true, _) => "mipsel",
        ("mips32r6", false, _) => "mips",
        ("mips64" | "mips64r6", true, true) => "mipsel64",
        ("mips64" | "mips64r6", true, false) => "mipsel64n32",
        ("mips64" | "mips64r6", false, false) => "mips64n32",
        ("mips64r6", false, true) => "mips64",
        (other, ..) => other,
    }
}
