//! The host as a [`Gpu`]: the kernels' own source, compiled as C++ when the first test asks for it.
//!
//! Every launch checks the arguments' types against the kernel's, and that nothing was written beside a buffer. [`emulated`] runs an
//! operation with threads in ascending and in descending order and wants the same bytes, which threads that race do not give.

use super::{Argument, Gpu, Grid, Matrix, NONE, Target, kernels, source};
use crate::nn::isa::Isa;
use crate::nn::ops::product::{self, Initial, Mat};
use libloading::Library;
use std::convert::Infallible;
use std::ffi::{CStr, c_char, c_int, c_uint, c_void};
use std::io::Write;
use std::process::{Command, Stdio};
use std::sync::{LazyLock, Mutex};

/// The kernels as C++, or why there are none.
static LIBRARY: LazyLock<Result<Library, String>> = LazyLock::new(build);

/// A launch has its block and thread in variables that belong to the library.
static TURN: Mutex<()> = Mutex::new(());

fn build() -> Result<Library, String> {
    let compiler = std::env::var("CXX").unwrap_or_else(|_| "c++".into());
    let source = source();
    let exports: String = kernels(&source).iter().map(|name| format!("EXPORT({name})\n")).collect();
    let text = [include_str!("host.hpp"), &source, &exports].concat();
    let folder = tempfile::tempdir().map_err(|e| e.to_string())?;
    let library = folder.path().join("kernels.so");
    let mut command = Command::new(&compiler);
    command.args(["-std=c++17", "-O1", "-ffp-contract=off", "-shared", "-fPIC", "-Wall", "-Wno-sign-compare", "-x", "c++", "-", "-o"]);
    let started = command.arg(&library).stdin(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let mut child = match started {
        Ok(child) => child,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Err(format!("no C++ compiler `{compiler}` (set CXX)")),
        Err(e) => return Err(e.to_string()),
    };
    let sent = child.stdin.take().expect("a pipe").write_all(text.as_bytes());
    let output = child.wait_with_output().map_err(|e| e.to_string())?;
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && told.is_empty(), "the kernels do not compile without warnings ({sent:?}):\n{told}");
    // SAFETY: the library has nothing that runs when it is loaded but the starting values of its variables.
    unsafe { Library::new(library) }.map_err(|e| e.to_string())
}

/// Runs an operation on the emulated GPU in both orders of its threads; `None`, with a word on standard error, where there is no
/// compiler.
pub fn emulated<T: PartialEq + std::fmt::Debug>(operation: impl Fn(&EmulatedGpu) -> Result<T, Infallible>) -> Option<T> {
    let library = match &*LIBRARY {
        Ok(library) => library,
        Err(why) => {
            eprintln!("skipped: {why}");
            return None;
        }
    };
    let [one, other] = [false, true].map(|descending| match operation(&EmulatedGpu { library, descending }) {
        Ok(result) => result,
        Err(never) => match never {},
    });
    assert_eq!(one, other, "the result depends on the order of the threads");
    Some(one)
}

pub struct EmulatedGpu {
    library: &'static Library,
    descending: bool,
}

const GUARD: usize = 32;
const GUARD_FLOAT: f32 = f32::from_bits(0x7FC0_BEEF);

/// Memory with a guard on either side.
#[derive(Debug)]
pub struct Guarded<T> {
    all: Vec<T>,
}

impl<T: Copy> Guarded<T> {
    fn new(values: Vec<T>, guard: T) -> Self {
        Self { all: [vec![guard; GUARD], values, vec![guard; GUARD]].concat() }
    }

    fn values(&self) -> &[T] {
        &self.all[GUARD..self.all.len() - GUARD]
    }

    fn values_mut(&mut self) -> &mut [T] {
        let end = self.all.len() - GUARD;
        &mut self.all[GUARD..end]
    }

    fn guards(&self) -> impl Iterator<Item = &T> {
        self.all[..GUARD].iter().chain(&self.all[self.all.len() - GUARD..])
    }
}

fn check_floats(kernel: &str, memory: &Guarded<f32>) {
    assert!(memory.guards().all(|v| v.to_bits() == GUARD_FLOAT.to_bits()), "{kernel} wrote beside its values");
}

impl Gpu for EmulatedGpu {
    type Values = Guarded<f32>;
    type Indices = Guarded<u32>;
    type Error = Infallible;

    fn zeros(&self, len: usize) -> Result<Guarded<f32>, Infallible> {
        self.upload(vec![0.0; len])
    }

    fn upload(&self, values: Vec<f32>) -> Result<Guarded<f32>, Infallible> {
        Ok(Guarded::new(values, GUARD_FLOAT))
    }

    fn upload_indices(&self, indices: Vec<u32>) -> Result<Guarded<u32>, Infallible> {
        Ok(Guarded::new(indices, NONE - 1))
    }

    fn zero_indices(&self, len: usize) -> Result<Guarded<u32>, Infallible> {
        self.upload_indices(vec![0; len])
    }

    fn download(&self, values: &Guarded<f32>) -> Result<Vec<f32>, Infallible> {
        Ok(values.values().to_vec())
    }

    fn download_indices(&self, indices: &Guarded<u32>) -> Result<Vec<u32>, Infallible> {
        Ok(indices.values().to_vec())
    }

    fn copy(&self, values: &Guarded<f32>) -> Result<Guarded<f32>, Infallible> {
        self.upload(values.values().to_vec())
    }

    fn launch(&self, kernel: &'static str, grid: Grid, arguments: &mut [Argument<Self>]) -> Result<(), Infallible> {
        let (blocks, threads) = grid.shape();
        let (mut letters, mut slots) = (String::new(), Vec::new());
        for argument in &mut *arguments {
            let (letter, slot) = match argument {
                Argument::In(v) => ('f', v.values().as_ptr() as u64),
                Argument::InFrom(v, first) => ('f', v.values()[*first..].as_ptr() as u64),
                Argument::Out(v) => ('F', v.values_mut().as_mut_ptr() as u64),
                Argument::OutFrom(v, first) => ('F', v.values_mut()[*first..].as_mut_ptr() as u64),
                Argument::Indices(v) => ('u', v.values().as_ptr() as u64),
                Argument::OutIndices(v) => ('U', v.values_mut().as_mut_ptr() as u64),
                Argument::Maybe(v) => ('f', v.map_or(0, |v| v.values().as_ptr() as u64)),
                Argument::Int(n) => ('i', u64::from(i32::try_from(*n).expect("an int") as u32)),
                Argument::Float(x) => ('x', u64::from(x.to_bits())),
            };
            letters.push(letter);
            slots.push(slot);
        }
        let mut pointers: Vec<*mut c_void> = slots.iter_mut().map(|slot| (slot as *mut u64).cast()).collect();
        let turn = TURN.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        // SAFETY: `EXPORT` in host.hpp defines both functions with these types for every kernel; the pointers have the types that the kernel
        // declares, as the comparison shows, and what they point to is borrowed for the launch, mutably where the kernel may write.
        unsafe {
            let name = format!("signature_{kernel}");
            let signature = self.library.get::<extern "C" fn() -> *const c_char>(name.as_bytes()).expect(&name);
            let declared = CStr::from_ptr(signature()).to_str().expect("letters");
            assert_eq!(declared, letters, "the parameters of {kernel}, and what it is launched with");
            let name = format!("launch_{kernel}");
            type Launch = extern "C" fn(c_uint, c_uint, c_int, c_int, *mut *mut c_void);
            let launch = self.library.get::<Launch>(name.as_bytes()).expect(&name);
            launch(blocks, threads, matches!(grid, Grid::Rows(_)).into(), self.descending.into(), pointers.as_mut_ptr());
        }
        drop(turn);
        for argument in &*arguments {
            match argument {
                Argument::Out(v) | Argument::OutFrom(v, _) => check_floats(kernel, v),
                Argument::OutIndices(v) => assert!(v.guards().all(|v| *v == NONE - 1), "{kernel} wrote beside its indices"),
                _ => {}
            }
        }
        Ok(())
    }

    fn multiply(&self, accumulate: bool, a: Matrix<Self>, b: Matrix<Self>, c: Target<Self>) -> Result<(), Infallible> {
        fn view<'a>(m: &Matrix<'a, EmulatedGpu>) -> Mat<'a> {
            assert!(m.row_stride >= m.columns, "cuBLAS wants rows at least as far apart as they are wide");
            let view = Mat::new(&m.values.values()[m.first..], m.rows, m.columns, m.row_stride);
            if m.transposed { view.t() } else { view }
        }
        let initial = if accumulate { Initial::Result } else { Initial::Zero };
        let c_values = &mut c.values.values_mut()[c.first..];
        product::multiply(Isa::detect(), &mut Vec::new(), initial, view(&a), view(&b), c_values, c.row_stride);
        Ok(())
    }
}
