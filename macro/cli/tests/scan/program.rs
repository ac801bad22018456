//! Writes small ELF files, the same bytes on every machine.
#![allow(dead_code)] // no test needs all of it

/// What a function does.
#[derive(Clone, Copy)]
pub(crate) enum Op {
    /// Sets the first argument.
    First(u32),
    /// Makes the system call with a number.
    Make(u32),
    /// Makes a system call with a number from memory.
    MakeAny,
    Call(&'static str),
    /// Takes the address of a function, and calls what is in a register.
    Point(&'static str),
    /// Enters the kernel by the numbers of x86.
    Foreign,
    Return,
}

use Op::{Call, First, Foreign, Make, MakeAny, Point, Return};

/// A file to write. The entry is the first function.
#[derive(Default)]
pub(crate) struct Elf {
    pub(crate) functions: Vec<(&'static str, Vec<Op>)>,
    pub(crate) needed: Vec<&'static str>,
    pub(crate) interpreter: Option<&'static str>,
    pub(crate) run_path: Option<&'static str>,
    pub(crate) rpath: Option<&'static str>,
}

/// Where the file is in memory.
pub(crate) const BASE: u64 = 0x40_0000;
const TEXT: u64 = 0x1000;
const X86_64: u16 = 62;

impl Elf {
    pub(crate) fn new(functions: &[(&'static str, &[Op])]) -> Elf {
        let functions = functions.iter().map(|(name, ops)| (*name, ops.to_vec()));
        Elf {
            functions: functions.collect(),
            ..Elf::default()
        }
    }

    /// Returns the bytes of the file.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let mut code = Vec::new();
        let mut places = Vec::new();
        let mut start = BASE + TEXT;
        for (name, ops) in &self.functions {
            places.push((*name, start));
            start += ops.iter().map(|op| length(*op)).sum::<u64>();
        }
        for (_, ops) in &self.functions {
            for op in ops {
                let next = BASE + TEXT + code.len() as u64 + length(*op);
                encode(*op, next, &places, &mut code);
            }
        }
        let mut strings = vec![0];
        let mut string = |text: &str| {
            let at = strings.len() as u64;
            strings.extend(text.bytes().chain([0]));
            at
        };
        let mut symbols = vec![0; 24];
        for (at, (name, address)) in places.iter().enumerate() {
            let end = places.get(at + 1).map_or(start, |next| next.1);
            symbols.extend((string(name) as u32).to_le_bytes());
            symbols.extend([0x12, 0, 1, 0]);
            symbols.extend([*address, end - address].map(u64::to_le_bytes).concat());
        }
        let mut entries = Vec::new();
        for name in &self.needed {
            entries.push((1, string(name)));
        }
        for (tag, path) in [(29, self.run_path), (15, self.rpath)] {
            if let Some(path) = path {
                entries.push((tag, string(path)));
            }
        }
        let interpreter = self.interpreter.map(&mut string);
        let section_names = ["", ".text", ".symtab", ".strtab"].map(&mut string);

        let align = |offset: u64| offset.div_ceil(16) * 16;
        let symtab = align(TEXT + code.len() as u64);
        let strtab = symtab + symbols.len() as u64;
        let dynamic = align(strtab + strings.len() as u64);
        if !entries.is_empty() {
            entries.insert(0, (5, BASE + strtab));
            entries.push((0, 0));
        }
        let sections = dynamic + 16 * entries.len() as u64;

        let mut segments = vec![[5 << 32 | 1, 0, BASE, BASE, sections, sections, 0x1000]];
        if let Some(at) = interpreter {
            let (path, at) = (self.interpreter.unwrap(), strtab + at);
            let size = path.len() as u64 + 1;
            segments.push([4 << 32 | 3, at, BASE + at, BASE + at, size, size, 1]);
        }
        if !entries.is_empty() {
            let size = 16 * entries.len() as u64;
            let at = dynamic;
            segments.push([4 << 32 | 2, at, BASE + at, BASE + at, size, size, 8]);
        }

        let mut file = vec![0x7f, b'E', b'L', b'F', 2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        file.extend([2u16, X86_64].map(u16::to_le_bytes).concat());
        file.extend(1u32.to_le_bytes());
        file.extend([BASE + TEXT, 64, sections].map(u64::to_le_bytes).concat());
        file.extend(0u32.to_le_bytes());
        let counts = [64, 56, segments.len() as u16, 64, 4, 3];
        file.extend(counts.map(u16::to_le_bytes).concat());
        for segment in &segments {
            file.extend(segment.map(u64::to_le_bytes).concat());
        }
        let mut put = |at: u64, bytes: &[u8]| {
            file.resize(at as usize, 0);
            file.extend(bytes);
        };
        put(TEXT, &code);
        put(symtab, &symbols);
        put(strtab, &strings);
        let entries: Vec<u8> = { entries.iter() }
            .flat_map(|(tag, value)| [*tag, *value].map(u64::to_le_bytes).concat())
            .collect();
        put(dynamic, &entries);
        let size = |bytes: &[u8]| bytes.len() as u64;
        let headers = [
            [0; 8],
            [1, 6, BASE + TEXT, TEXT, size(&code), 0, 16, 0],
            [2, 0, 0, symtab, size(&symbols), 3 | 1 << 32, 8, 24],
            [3, 0, 0, strtab, size(&strings), 0, 1, 0],
        ];
        for (name, mut header) in section_names.iter().zip(headers) {
            if header[0] != 0 {
                header[0] = *name | header[0] << 32;
            }
            file.extend(header.map(u64::to_le_bytes).concat());
        }
        file
    }
}

fn length(op: Op) -> u64 {
    match op {
        First(_) | Call(_) | MakeAny => 5,
        Make(_) => 7,
        Point(_) => 9,
        Foreign => 2,
        Return => 1,
    }
}

fn encode(op: Op, next: u64, places: &[(&str, u64)], code: &mut Vec<u8>) {
    let to = |name: &str, next: u64| {
        let place = places.iter().find(|(known, _)| *known == name).unwrap();
        (place.1.wrapping_sub(next) as u32).to_le_bytes()
    };
    match op {
        // mov edi, value
        First(value) => code.extend([&[0xbf][..], &value.to_le_bytes()].concat()),
        // mov eax, number; syscall
        Make(number) => {
            code.extend([&[0xb8][..], &number.to_le_bytes(), &[0x0f, 0x05]].concat());
        }
        // mov rax, [rdi]; syscall
        MakeAny => code.extend([0x48, 0x8b, 0x07, 0x0f, 0x05]),
        // call name
        Call(name) => code.extend([&[0xe8][..], &to(name, next)].concat()),
        // lea rax, [rip + name]; call rax
        Point(name) => {
            let place = to(name, next - 2);
            code.extend([&[0x48, 0x8d, 0x05][..], &place, &[0xff, 0xd0]].concat());
        }
        // int 0x80
        Foreign => code.extend([0xcd, 0x80]),
        Return => code.push(0xc3),
    }
}
