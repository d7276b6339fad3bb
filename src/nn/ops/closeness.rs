//! Values to test with, and their comparison.

/// Fails where a value is further than `tolerance` (1 + |wanted|) from the wanted one, and where one is not a number.
#[track_caller]
pub fn close(what: &str, got: &[f32], want: &[f32], tolerance: f32) {
    assert_eq!(got.len(), want.len(), "{what}");
    for (i, (g, w)) in got.iter().zip(want).enumerate() {
        assert!((g - w).abs() <= tolerance * (1.0 + w.abs()), "{what}[{i}]: {g}, not {w}");
    }
}

/// Values within ±0.8, as good as random.
pub fn numbers(seed: u32, len: usize) -> Vec<f32> {
    let mut state = seed.wrapping_mul(747_796_405).wrapping_add(2_891_336_453);
    (0..len)
        .map(|_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) as f32 / (1 << 24) as f32 * 1.6 - 0.8
        })
        .collect()
}

/// Values that a snippet in another language makes in one line, without rounding:
/// `((i * i * 7 + i * 37 + seed * 13) % 101 - 50) / 64`.
pub fn grid(seed: usize, len: usize) -> Vec<f32> {
    (0..len).map(|i| ((i * i * 7 + i * 37 + seed * 13) % 101) as f32 / 64.0 - 50.0 / 64.0).collect()
}
