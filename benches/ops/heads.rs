//! Both heads over two rounds with feedback both ways, log-softmax, loss, and their backward pass.

use super::lstm::buffer;
use super::{BATCHES, HIDDEN, TAGS, Table, Work, noise, packing};
use dfdx::prelude::Cpu;
use mermen::nn::Context;
use mermen::nn::buffers::{Buffer, Buffers};
use mermen::nn::isa::Isa;
use mermen::nn::ops::heads::{Feedback, FeedbackFrom, HeadGradients, HeadShape, HeadValues, HeadsForward, HeadsKernel};
use mermen::run::spec::FeedbackValue;

/// Tags of MER and of MEN.
const BOTH: [usize; 2] = [3, TAGS];

pub fn rows(table: &mut Table) {
    for isa in Isa::available() {
        for hidden in HIDDEN {
            for sentences in BATCHES {
                heads(table, isa, 2 * hidden, sentences);
            }
        }
    }
}

fn heads(table: &mut Table, isa: Isa, input: usize, sentences: usize) {
    let run = Context::cpu_with(isa, 1);
    let n = packing(sentences).tokens();
    let shapes = [0, 1].map(|task| HeadShape { input, tags: BOTH[task], feedback: Some(BOTH[1 - task]), hidden: None, parts: 1 });
    // direct, bias, Wb, U
    let sizes = [0, 1].map(|task| [input * BOTH[task], BOTH[task], input * BOTH[task], BOTH[1 - task] * input]);
    let values: [[Buffer<Cpu>; 4]; 2] =
        sizes.map(|s| s.map(|len| buffer(&run, noise(len, len as u64).into_iter().map(|v| v * 0.1).collect())));
    let mut gradients: [[Buffer<Cpu>; 4]; 2] = sizes.map(|s| s.map(|len| buffer(&run, vec![0.0; len])));
    let of = |task: usize| {
        let [direct, bias, b, u] = &values[task];
        HeadValues { direct, bias, feedback: Some((b, u)), hidden: None }
    };
    let gold = BOTH.map(|tags| (0..n).map(|i| (i * 7 % tags) as u32).collect::<Vec<u32>>());
    let feedback = Feedback { kind: FeedbackValue::Probability, from: FeedbackFrom::Rounds(2) };
    let given = Cpu::tensor(&run, buffer(&run, noise(n * input, 3)), (n, input)).expect("a CPU refuses nothing");
    let v = || Cpu::read(&run, &given).expect("a CPU refuses nothing");
    let mut gv = buffer(&run, vec![0.0; n * input]);

    let [l, m] = BOTH;
    // A token: v into both heads; the last round's feedback into each. A step: U Wb of both.
    let forward = 2.0 * (n * input * (l + m) + n * 2 * l * m + 2 * input * l * m) as f64;
    // A token: the gradients of the matrices and of v; yT g of both. A step: into Wb and U of both.
    let backward = 2.0 * (2 * n * input * (l + m) + n * 2 * l * m + 4 * input * l * m) as f64;
    let shape = format!("2h={input}, B={sentences}, {n} tokens, {}", isa.name());
    table.row(&format!("heads, scores of two rounds, {shape}"), Work::Flops(forward), v, |v| {
        Cpu::heads_forward(&run, shapes.map(Some), n, v, [Some(of(0)), Some(of(1))], &feedback).map(drop)
    });
    table.row(&format!("heads, loss and backward, {shape}"), Work::Flops(forward + backward), v, |v| {
        let HeadsForward { scores, mut saved } =
            Cpu::heads_forward(&run, shapes.map(Some), n, v, [Some(of(0)), Some(of(1))], &feedback).expect("a CPU refuses nothing");
        let mut loss = 0.0;
        for (task, scores) in scores.into_iter().enumerate() {
            let mut scores = scores.expect("both heads");
            let shape = shapes[task];
            loss += Cpu::negative_log_likelihood(&run, shape, task, &mut saved, &mut scores, &gold[task]).expect("a CPU refuses nothing");
            let [direct, bias, b, u] = &mut gradients[task];
            let gradients = HeadGradients { direct, bias, feedback: Some((b, u)), hidden: None };
            Cpu::head_backward(&run, shape, task, &mut saved, of(task), 1.0, &mut gv, gradients).expect("a CPU refuses nothing");
        }
        loss
    });
}
