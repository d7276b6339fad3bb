//! One Bi-LSTM layer, both directions.

use super::{BATCHES, HIDDEN, Table, Work, noise, packing};
use dfdx::prelude::Cpu;
use mermen::nn::Context;
use mermen::nn::buffers::{Buffer, Buffers};
use mermen::nn::isa::Isa;
use mermen::nn::ops::lstm::{LayerShape, LstmKernel, WeightGradients, Weights};

pub fn rows(table: &mut Table) {
    for isa in Isa::available() {
        for hidden in HIDDEN {
            for sentences in BATCHES {
                layer(table, isa, hidden, sentences);
            }
        }
    }
}

fn layer(table: &mut Table, isa: Isa, hidden: usize, sentences: usize) {
    let run = Context::cpu_with(isa, 1);
    let packing = packing(sentences);
    let shape = LayerShape { input: 2 * hidden, hidden };
    let n = packing.tokens();
    let sizes = [shape.input * 4 * hidden, hidden * 4 * hidden, 4 * hidden];
    let small = |len: usize, seed| noise(len, seed).into_iter().map(|v| v * 0.1).collect();
    let mut seed = 0;
    let mut drawn = || {
        seed += 1;
        sizes.map(|len| buffer(&run, small(len, seed)))
    };
    let values: [[Buffer<Cpu>; 3]; 2] = [drawn(), drawn()];
    let weights = || values.each_ref().map(|[input, recurrent, bias]| Weights { input, recurrent, bias });
    let mut gradients: [[Buffer<Cpu>; 3]; 2] = [(); 2].map(|()| sizes.map(|len| buffer(&run, vec![0.0; len])));
    // Read from a tensor, as the operation does, so that the memory goes round.
    let given = Cpu::tensor(&run, buffer(&run, noise(n * shape.input, 7)), (n, shape.input)).expect("a CPU refuses nothing");
    let x = || Cpu::read(&run, &given).expect("a CPU refuses nothing");
    let gv = buffer(&run, noise(n * 2 * hidden, 8));
    let mut gx = buffer(&run, vec![0.0; n * shape.input]);

    let forward = (2 * 2 * n * (shape.input + hidden) * 4 * hidden) as f64;
    let of = format!("h={hidden}, B={sentences}, {n} tokens, {}", isa.name());
    let name = format!("lstm layer, forward, {of}");
    table.row(&name, Work::Flops(forward), x, |x| Cpu::lstm_forward(&run, shape, &packing, x, weights(), false).map(drop));
    table.row(&format!("lstm layer, forward and backward, {of}"), Work::Flops(3.0 * forward), x, |x| {
        let (v, saved) = Cpu::lstm_forward(&run, shape, &packing, x, weights(), true).expect("a CPU refuses nothing");
        let [left, right] = &mut gradients;
        let gradients = [left, right].map(|[input, recurrent, bias]| WeightGradients { input, recurrent, bias });
        let saved = saved.expect("kept");
        Cpu::lstm_backward(&run, shape, &packing, weights(), saved, &gv, &mut gx, gradients).expect("a CPU refuses nothing");
        v
    });
}

pub fn buffer(run: &Context<Cpu>, values: Vec<f32>) -> Buffer<Cpu> {
    Cpu::upload(run, values).expect("a CPU refuses nothing")
}
