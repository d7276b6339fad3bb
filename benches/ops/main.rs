//! Every operation at the shapes of a real step, beside the machine's peak: `cargo bench --bench ops [-- NAME ...]`.
//!
//! Prints one line a case: the best and the median time, what it achieves at its best (the least floating-point operations that it takes,
//! or the bytes that it must move), and for products the share of the GFLOP/s that a square product reaches at best in the same
//! process. Time is the lesser of the clock's and the processor's, and the best counts: neighbours on the machine can only take away.

mod crf;
mod features;
mod heads;
mod lstm;
mod optimizer;
mod products;

use cpu_time::ThreadTime;
use mermen::nn::Packing;
use mermen::nn::isa::Isa;
use std::time::{Duration, Instant};

/// MEN tags of the NCBI corpus, about.
const TAGS: usize = 670;
/// LSTM units a direction.
const HIDDEN: [usize; 2] = [50, 100];
/// Sentences a batch.
const BATCHES: [usize; 2] = [1, 16];
/// How long a case is repeated.
const PATIENCE: Duration = Duration::from_millis(300);

fn main() {
    let wanted: Vec<String> = std::env::args().skip(1).filter(|a| !a.starts_with('-')).collect();
    let peak = mermen::bench::peak(Isa::detect());
    println!("peak of a square product: {peak:.1} GFLOP/s, one core, {}", Isa::detect().name());
    println!("{:<54} {:>11} {:>11} {:>14} {:>6}", "case", "best", "median", "achieved", "peak");
    let mut table = Table { wanted, peak };
    products::rows(&mut table);
    lstm::rows(&mut table);
    features::rows(&mut table);
    heads::rows(&mut table);
    crf::rows(&mut table);
    optimizer::rows(&mut table);
}

struct Table {
    wanted: Vec<String>,
    peak: f64,
}

/// The least that a case takes.
enum Work {
    /// Floating-point operations.
    Flops(f64),
    /// Bytes read and written.
    Bytes(f64),
    Tokens(usize),
}

impl Table {
    /// Times `work` on fresh `input` again and again; making the input is not timed.
    fn row<I, R>(&mut self, name: &str, least: Work, mut input: impl FnMut() -> I, mut work: impl FnMut(I) -> R) {
        if !self.wanted.is_empty() && !self.wanted.iter().any(|w| name.contains(w.as_str())) {
            return;
        }
        let mut seconds = Vec::new();
        let began = Instant::now();
        while seconds.len() < 6 || began.elapsed() < PATIENCE {
            let input = input();
            let (processor, clock) = (ThreadTime::now(), Instant::now());
            std::hint::black_box(work(input));
            // Asking for the processor's time takes a while itself, so where the work is short the clock is the better judge.
            let by_clock = clock.elapsed();
            seconds.push(by_clock.min(processor.elapsed()).as_secs_f64());
        }
        // The first call warms up.
        seconds.remove(0);
        seconds.sort_by(f64::total_cmp);
        let (best, median) = (seconds[0], seconds[seconds.len() / 2]);
        let (achieved, share) = match least {
            Work::Flops(n) => (format!("{:.1} GFLOP/s", n / best / 1e9), format!("{:.0} %", 100.0 * n / best / 1e9 / self.peak)),
            Work::Bytes(n) => (format!("{:.1} GB/s", n / best / 1e9), String::new()),
            Work::Tokens(n) => (format!("{:.0} tokens/s", n as f64 / best), String::new()),
        };
        println!("{name:<54} {:>8.1} us {:>8.1} us {achieved:>14} {share:>6}", 1e6 * best, 1e6 * median);
    }
}

/// Numbers in [-1, 1) without a pattern.
fn noise(len: usize, seed: u64) -> Vec<f32> {
    let number = |i: usize| {
        let mut x = i as u64 ^ seed.wrapping_mul(0x9E37_79B9_7F4A_7C15);
        for _ in 0..3 {
            x = (x ^ (x >> 29)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        }
        (x >> 40) as f32 / (1u64 << 23) as f32 - 1.0
    };
    (0..len).map(number).collect()
}

/// One sentence of 25 tokens, or sentences of 40 down to 10.
fn packing(sentences: usize) -> Packing {
    let lengths: Vec<usize> = (0..sentences).map(|r| if sentences == 1 { 25 } else { 40 - 30 * r / (sentences - 1) }).collect();
    Packing::new(&lengths)
}
