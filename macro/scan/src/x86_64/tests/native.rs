//! Executes instructions one by one on the processor that runs the test.

use std::ffi::{c_int, c_void};
use std::ptr::{addr_of, addr_of_mut, null_mut};
use std::sync::{Mutex, OnceLock};

use libc::{siginfo_t, ucontext_t};

/// Both below 2 GiB: 32 bits of an address are all of it.
pub(super) const DATA: u64 = 0x1000_0000;
pub(super) const SIZE: usize = 1 << 13;
pub(super) const MIDDLE: u64 = DATA + SIZE as u64 / 2;
const CODE: u64 = 0x2000_0000;
const CODE_SIZE: usize = 1 << 12;
pub(super) const ADDRESS: u64 = CODE + CODE_SIZE as u64 / 2;
const BATCH: usize = 128;
const INT3: u8 = 0xcc;

pub(super) fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// Returns what is in the data before each instruction.
pub(super) fn pristine(address: u64) -> u8 {
    let offset = address - DATA;
    let mixed = mix(offset / 8);
    let value = match mixed >> 63 {
        1 => MIDDLE + (mixed & 0xff0),
        _ => mixed,
    };
    value.to_le_bytes()[(offset % 8) as usize]
}

/// Returns all of it.
pub(super) fn data() -> [u8; SIZE] {
    std::array::from_fn(|offset| pristine(DATA + offset as u64))
}

/// What is executed, and in which state.
pub(super) struct Case {
    pub(super) bytes: Vec<u8>,
    pub(super) registers: [u64; 16],
    pub(super) flags: u64,
}

/// The state after an instruction.
#[derive(Clone, Copy)]
#[repr(C)]
pub(super) struct Outcome {
    /// Whether it came back at all.
    pub(super) is_done: bool,
    pub(super) signal: c_int,
    pub(super) registers: [u64; 16],
    pub(super) flags: u64,
    pub(super) rip: u64,
    pub(super) data: [u8; SIZE],
}

struct Shared {
    is_running: bool,
    case: *const Case,
    outcome: *mut Outcome,
    registers: [i64; 23],
    vectors: [u8; 512],
}

/// Of the child alone, which has one thread.
static mut SHARED: Shared = Shared {
    is_running: false,
    case: null_mut(),
    outcome: null_mut(),
    registers: [0; 23],
    vectors: [0; 512],
};

/// In the order of encodings.
const ORDER: [c_int; 16] = [
    libc::REG_RAX,
    libc::REG_RCX,
    libc::REG_RDX,
    libc::REG_RBX,
    libc::REG_RSP,
    libc::REG_RBP,
    libc::REG_RSI,
    libc::REG_RDI,
    libc::REG_R8,
    libc::REG_R9,
    libc::REG_R10,
    libc::REG_R11,
    libc::REG_R12,
    libc::REG_R13,
    libc::REG_R14,
    libc::REG_R15,
];

/// The first signal goes to the case, the second comes back from it.
extern "C" fn handle(signal: c_int, _: *mut siginfo_t, context: *mut c_void) {
    // SAFETY: the kernel gives the context, and only this thread uses `SHARED`, which is not borrowed
    // where `int3` is executed.
    unsafe {
        let shared = &mut *addr_of_mut!(SHARED);
        let machine = &mut (*context.cast::<ucontext_t>()).uc_mcontext;
        let vectors = machine.fpregs.cast::<[u8; 512]>();
        let registers = &mut machine.gregs;
        if !shared.is_running {
            if signal != libc::SIGTRAP {
                libc::_exit(3);
            }
            let case = &*shared.case;
            shared.registers = *registers;
            shared.vectors = *vectors;
            for (index, value) in ORDER.iter().zip(case.registers) {
                registers[*index as usize] = value as i64;
            }
            registers[libc::REG_EFL as usize] = case.flags as i64;
            registers[libc::REG_RIP as usize] = ADDRESS as i64;
            shared.is_running = true;
            return;
        }
        let outcome = &mut *shared.outcome;
        outcome.signal = signal;
        for (index, value) in ORDER.iter().zip(&mut outcome.registers) {
            *value = registers[*index as usize] as u64;
        }
        outcome.flags = registers[libc::REG_EFL as usize] as u64;
        outcome.rip = registers[libc::REG_RIP as usize] as u64;
        if signal == libc::SIGTRAP {
            // `int3` behind it is executed too.
            outcome.rip -= 1;
        }
        outcome.is_done = true;
        *registers = shared.registers;
        *vectors = shared.vectors;
        shared.is_running = false;
    }
}

/// Executes cases until one does not come back, and ends the process.
fn child(cases: &[Case], outcomes: *mut Outcome, data: &[u8; SIZE]) -> ! {
    // SAFETY: a child of `fork` that only calls what signal handlers can, and writes to memory that
    // `areas` has mapped. What a case can break is this process.
    unsafe {
        let mut stack: libc::stack_t = std::mem::zeroed();
        stack.ss_size = 1 << 17;
        stack.ss_sp = map(0, stack.ss_size, libc::PROT_WRITE, libc::MAP_PRIVATE);
        libc::sigaltstack(&stack, null_mut());
        let mut action: libc::sigaction = std::mem::zeroed();
        action.sa_sigaction = handle as *const () as usize;
        action.sa_flags = libc::SA_SIGINFO | libc::SA_ONSTACK | libc::SA_NODEFER;
        let signals = [
            libc::SIGTRAP,
            libc::SIGILL,
            libc::SIGSEGV,
            libc::SIGBUS,
            libc::SIGFPE,
        ];
        for signal in signals {
            libc::sigaction(signal, &action, null_mut());
        }
        const ARCH_SET_GS: c_int = 0x1001;
        libc::syscall(libc::SYS_arch_prctl, ARCH_SET_GS, MIDDLE);
        libc::alarm(5);
        let memory = DATA as *mut [u8; SIZE];
        let code = CODE as *mut [u8; CODE_SIZE];
        for (index, case) in cases.iter().enumerate() {
            *memory = *data;
            *code = [INT3; CODE_SIZE];
            let length = case.bytes.len();
            std::ptr::copy_nonoverlapping(case.bytes.as_ptr(), ADDRESS as *mut u8, length);
            (*addr_of_mut!(SHARED)).case = case;
            (*addr_of_mut!(SHARED)).outcome = outcomes.add(index);
            std::arch::asm!("int3", clobber_abi("sysv64"));
            if (*addr_of!(SHARED)).is_running {
                libc::_exit(4);
            }
            (*outcomes.add(index)).data = *memory;
        }
        libc::_exit(0)
    }
}

fn map(address: u64, size: usize, protection: c_int, kind: c_int) -> *mut c_void {
    let fixed = match address {
        0 => 0,
        _ => libc::MAP_FIXED_NOREPLACE,
    };
    let protection = protection | libc::PROT_READ;
    // SAFETY: it replaces no memory that is mapped.
    let mapped = unsafe {
        let flags = kind | libc::MAP_ANONYMOUS | fixed;
        libc::mmap(address as *mut c_void, size, protection, flags, -1, 0)
    };
    assert!(mapped != libc::MAP_FAILED && (address == 0 || mapped as u64 == address));
    mapped
}

/// Returns where children write outcomes to.
fn areas() -> &'static Mutex<usize> {
    static AREAS: OnceLock<Mutex<usize>> = OnceLock::new();
    AREAS.get_or_init(|| {
        let execute = libc::PROT_WRITE | libc::PROT_EXEC;
        map(DATA, SIZE, libc::PROT_WRITE, libc::MAP_PRIVATE);
        map(CODE, CODE_SIZE, execute, libc::MAP_PRIVATE);
        let size = BATCH * size_of::<Outcome>();
        let outcomes = map(0, size, libc::PROT_WRITE, libc::MAP_SHARED);
        Mutex::new(outcomes as usize)
    })
}

/// Executes cases, and calls a function with what each led to.
pub(super) fn run(mut cases: &[Case], f: &mut dyn FnMut(&Case, &Outcome)) {
    let outcomes = areas().lock().unwrap();
    let outcomes = *outcomes as *mut Outcome;
    let data = data();
    while !cases.is_empty() {
        let batch = &cases[..cases.len().min(BATCH)];
        // SAFETY: the outcomes are mapped, as many as a batch has, and valid when zero. No child runs.
        let results = unsafe {
            std::ptr::write_bytes(outcomes, 0, BATCH);
            let id = libc::fork();
            assert!(id >= 0);
            if id == 0 {
                child(batch, outcomes, &data);
            }
            libc::waitpid(id, null_mut(), 0);
            std::slice::from_raw_parts(outcomes, batch.len())
        };
        let done = results.iter().take_while(|outcome| outcome.is_done).count();
        for (case, outcome) in batch.iter().zip(results).take((done + 1).min(batch.len())) {
            f(case, outcome);
        }
        cases = &cases[(done + 1).min(batch.len())..];
    }
}
