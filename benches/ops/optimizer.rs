//! The optimizer over the dense parameters of a network of hidden width 100, and over the rows of a batch.

use super::lstm::buffer;
use super::{Table, Work, noise};
use dfdx::prelude::Cpu;
use mermen::nn::Context;
use mermen::nn::isa::Isa;
use mermen::nn::ops::optimizer::{OptimizerKernel, SgdStep, TableRows};

/// Values of all parameters but the word table.
const DENSE: usize = 1_070_000;
/// Distinct words of a batch of 16.
const ROWS: usize = 200;
const WIDTH: usize = 100;

pub fn rows(table: &mut Table) {
    let step = SgdStep { rate: 0.001, momentum: 0.9, scale: 0.5 };
    for isa in Isa::available() {
        let run = Context::cpu_with(isa, 1);
        let [mut p, mut v, mut g] = [1, 2, 3].map(|seed| buffer(&run, noise(DENSE, seed)));
        let name = |what: &str| format!("optimizer, {what}, {}", isa.name());
        let bytes = |times: usize, values: usize| Work::Bytes((4 * times * values) as f64);
        table.row(
            &name("norm of dense gradients"),
            bytes(1, DENSE),
            || (),
            |()| {
                let mut sum = 0.0;
                Cpu::add_squares(&run, &mut sum, &g).map(|()| sum)
            },
        );
        table.row(&name("momentum SGD, dense"), bytes(6, DENSE), || (), |()| Cpu::sgd(&run, step, &mut p, &mut v, &mut g));
        let of: Vec<u32> = (0..ROWS as u32).map(|r| r * 50).collect();
        let rows = TableRows { width: WIDTH, rows: &of };
        let all = bytes(6, ROWS * WIDTH);
        table.row(&name("momentum SGD, rows of a batch"), all, || (), |()| Cpu::sgd_rows(&run, step, rows, &mut p, &mut v, &mut g));
        let missed = vec![9; ROWS];
        let all = bytes(4, ROWS * WIDTH);
        table.row(&name("rows catch up"), all, || (), |()| Cpu::sgd_catch_up(&run, step, rows, &missed, &mut p, &mut v));
    }
}
