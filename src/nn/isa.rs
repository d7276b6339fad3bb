//! Which vector instructions the CPU kernels use, and the macro that builds a kernel for each of them.
//!
//! A kernel is written once, as plain loops. [`for_each_isa!`](crate::nn::isa::for_each_isa) compiles it three times: portable,
//! AVX2 with FMA, and AVX-512; the caller names the path, so that tests run every path the machine has. All paths give the same bits:
//! what a kernel says in Rust is defined to the bit as long as it adds in an order of its own (a fixed number of lanes, not that of a
//! register) and takes [`fma`](crate::nn::ops::math::fma) for fused multiply-add. A run record names the path to tell how fast it was.

/// A set of vector instructions that this machine has: only [`Isa::available`] makes one, which is what the kernels' safety rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Isa(Level);

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Level {
    Portable,
    Avx2,
    Avx512,
}

/// Why there is no such path.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IsaError {
    #[error("no CPU path `{name}`; this machine has {available}")]
    Unknown { name: String, available: String },
    #[error("this machine cannot run the CPU path `{name}`; it has {available}")]
    Unavailable { name: String, available: String },
}

impl Isa {
    /// Runs anywhere.
    pub const PORTABLE: Self = Isa(Level::Portable);

    /// The best path of this machine.
    pub fn detect() -> Self {
        Self::available().into_iter().next_back().unwrap_or(Self::PORTABLE)
    }

    /// All paths of this machine, the slowest first.
    pub fn available() -> Vec<Self> {
        let mut paths = vec![Self::PORTABLE];
        #[cfg(target_arch = "x86_64")]
        {
            let avx2 = is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma");
            if avx2 {
                paths.push(Isa(Level::Avx2));
            }
            if avx2 && avx512() {
                paths.push(Isa(Level::Avx512));
            }
        }
        paths
    }

    /// The path of this name.
    ///
    /// # Errors
    /// No path is called so, or this machine lacks it; the error lists the paths that the machine has.
    pub fn named(name: &str) -> Result<Self, IsaError> {
        let available = Self::available();
        if let Some(isa) = available.iter().find(|isa| isa.name() == name) {
            return Ok(*isa);
        }
        let has = available.iter().map(|isa| isa.name()).collect::<Vec<_>>().join(", ");
        Err(match [Level::Portable, Level::Avx2, Level::Avx512].into_iter().find(|level| Isa(*level).name() == name) {
            Some(_) => IsaError::Unavailable { name: name.to_owned(), available: has },
            None => IsaError::Unknown { name: name.to_owned(), available: has },
        })
    }

    pub fn name(self) -> &'static str {
        match self.0 {
            Level::Portable => "portable",
            Level::Avx2 => "avx2",
            Level::Avx512 => "avx512",
        }
    }

    /// Whether fused multiply-add is computed in software on this path: right to the bit, and slow.
    pub fn emulates_fma(self) -> bool {
        self == Self::PORTABLE && !crate::nn::ops::math::HARDWARE_FMA
    }

    pub(crate) fn level(self) -> Level {
        self.0
    }
}

#[cfg(target_arch = "x86_64")]
fn avx512() -> bool {
    is_x86_feature_detected!("avx512f")
        && is_x86_feature_detected!("avx512bw")
        && is_x86_feature_detected!("avx512dq")
        && is_x86_feature_detected!("avx512vl")
}

/// Compiles a kernel for every instruction set and gives a function of the same name that takes the [`Isa`] first.
///
/// ```text
/// for_each_isa! {
///     /// y = a x + y
///     pub fn axpy<F>(a: f32, x: &[f32], y: &mut [f32]) { for (y, x) in y.iter_mut().zip(x) { *y = fma::<F>(a, *x, *y); } }
/// }
/// axpy(isa, 2.0, &x, &mut y);
/// ```
/// Inside the body the constant in angle brackets tells whether the instruction set has fused multiply-add; hand it to
/// [`fma`](crate::nn::ops::math::fma), which computes it in software otherwise.
macro_rules! for_each_isa {
    ($( $(#[$doc:meta])* $vis:vis fn $name:ident<$fma:ident>($($arg:ident: $ty:ty),* $(,)?) $(-> $ret:ty)? $body:block )*) => { $(
        $(#[$doc])*
        #[allow(clippy::too_many_arguments)]
        $vis fn $name(isa: $crate::nn::isa::Isa, $($arg: $ty),*) $(-> $ret)? {
            #[inline(always)]
            #[allow(clippy::too_many_arguments, clippy::extra_unused_type_parameters)]
            fn kernel<const $fma: bool>($($arg: $ty),*) $(-> $ret)? $body
            #[cfg(target_arch = "x86_64")]
            {
                #[target_feature(enable = "avx2,fma")]
                #[allow(clippy::too_many_arguments)]
                fn avx2($($arg: $ty),*) $(-> $ret)? { kernel::<true>($($arg),*) }
                #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx2,fma")]
                #[allow(clippy::too_many_arguments)]
                fn avx512($($arg: $ty),*) $(-> $ret)? { kernel::<true>($($arg),*) }
                match isa.level() {
                    // SAFETY: a level other than `Portable` is only had from `Isa::available`, which asked the CPU for exactly these features.
                    $crate::nn::isa::Level::Avx2 => return unsafe { avx2($($arg),*) },
                    // SAFETY: as above.
                    $crate::nn::isa::Level::Avx512 => return unsafe { avx512($($arg),*) },
                    $crate::nn::isa::Level::Portable => {}
                }
            }
            let _ = isa;
            kernel::<false>($($arg),*)
        }
    )* };
}
pub(crate) use for_each_isa;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_found_by_name_and_errors_list_those_of_the_machine() {
        let available = Isa::available();
        for isa in &available {
            assert_eq!(Isa::named(isa.name()), Ok(*isa));
        }
        let has = available.iter().map(|isa| isa.name()).collect::<Vec<_>>().join(", ");
        assert_eq!(Isa::named("AVX2").unwrap_err().to_string(), format!("no CPU path `AVX2`; this machine has {has}"));
        for name in ["avx2", "avx512"].into_iter().filter(|name| available.iter().all(|isa| isa.name() != *name)) {
            let want = format!("this machine cannot run the CPU path `{name}`; it has {has}");
            assert_eq!(Isa::named(name).unwrap_err().to_string(), want);
        }
    }
}
