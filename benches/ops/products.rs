//! Matrix products at the shapes of a Bi-LSTM layer: the general one, and the one over packed panels.

use super::{Table, Work, noise};
use mermen::nn::isa::Isa;
use mermen::nn::ops::math::{Mat, gemm};
use mermen::nn::ops::panel::Panels;

pub fn rows(table: &mut Table) {
    // rows, inner dimension, columns: input projections of 25 and 400 tokens, recurrent products of 1 and 16 sentences, the heads.
    for (m, k, n) in [(25, 200, 400), (400, 200, 400), (1, 100, 400), (16, 100, 400), (25, 200, 670), (400, 200, 670)] {
        let (a, b, mut c) = (noise(m * k, 1), noise(k * n, 2), vec![0.0; m * n]);
        let flops = || Work::Flops(2.0 * (m * k * n) as f64);
        table.row(
            &format!("product, gemm, {m}x{k}x{n}"),
            flops(),
            || (),
            |()| gemm(true, Mat::new(&a, m, k, k), Mat::new(&b, k, n, n), &mut c, n),
        );
        let mut panels = Panels::default();
        panels.pack(&b, k, n);
        for isa in Isa::available() {
            let name = format!("product, panels packed before, {m}x{k}x{n}, {}", isa.name());
            table.row(&name, flops(), || (), |()| panels.multiply(isa, true, m, &a, k, &mut c, n));
        }
    }
    // The gradient of the input matrix: k is the number of tokens.
    for tokens in [25, 400] {
        let (x, dz, mut dw) = (noise(tokens * 200, 1), noise(tokens * 400, 2), vec![0.0; 200 * 400]);
        let flops = Work::Flops(2.0 * (200 * tokens * 400) as f64);
        let name = format!("product, gemm, xT dz, 200x{tokens}x400");
        table.row(&name, flops, || (), |()| gemm(true, Mat::new(&x, tokens, 200, 200).t(), Mat::new(&dz, tokens, 400, 400), &mut dw, 400));
    }
}
