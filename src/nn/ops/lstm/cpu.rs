//! The Bi-LSTM layer on the CPU: each direction on its own buffers, so that the two may run on two threads.

use super::{LayerShape, LstmKernel, WeightGradients, Weights};
use crate::nn::Packing;
use crate::nn::buffers::{Buffer, Context, CpuWorkspace, Forward};
use crate::nn::isa::{Isa, for_each_isa};
use crate::nn::ops::math::{fma, sigmoid_pair, tanh};
use crate::nn::ops::product::{Initial, Mat, Panels, multiply};
use dfdx::prelude::Cpu;
use std::collections::HashMap;

/// Steps from which on the recurrent matrix is packed for one sentence alone.
const MANY_STEPS: usize = 16;

/// Tokens after which rows are no longer compared where hardly any were equal so far.
const ENOUGH: usize = 64;

/// Left by the forward pass.
pub struct Saved {
    /// tokens x in
    x: Vec<f32>,
    directions: [SavedDirection; 2],
}

/// All with one row per token.
struct SavedDirection {
    /// 4h: the gates after their activation.
    gates: Vec<f32>,
    /// h: c
    cell: Vec<f32>,
    /// h: tanh c
    cell_tanh: Vec<f32>,
    /// h: the state before this token; zero at a sentence's first.
    previous: Vec<f32>,
}

impl LstmKernel for Cpu {
    type Saved = Saved;

    fn lstm_forward(
        run: &Context<Self>,
        shape: LayerShape,
        packing: &Packing,
        mut x: Buffer<Self>,
        [forward, backward]: [Weights<Self>; 2],
        keep: bool,
    ) -> Result<Forward<Self, Saved>, Self::Err> {
        let workspace = run.workspace();
        let (n, h) = (packing.tokens(), shape.hidden);
        let isa = workspace.isa;
        let (x_values, forward, backward) = (&x[..], Slices::of(&forward), Slices::of(&backward));
        let equal = if keep { None } else { EqualRows::find(x_values, shape.input) };
        let distinct = equal.as_ref().map_or(0, |equal| equal.rows.len() / shape.input);
        let mut buffers = [(); 2].map(|()| ForwardBuffers::new(workspace, shape, n, distinct));
        let [m0, m1] = &mut buffers;
        workspace.join(
            || m0.forward(isa, shape, packing, x_values, equal.as_ref(), forward, false),
            || m1.forward(isa, shape, packing, x_values, equal.as_ref(), backward, true),
        );
        let mut v = run.zeros(0)?;
        let mut rows = Vec::with_capacity(n * 2 * h);
        for (left, right) in m0.state.chunks_exact(h).zip(m1.state.chunks_exact(h)) {
            rows.extend_from_slice(left);
            rows.extend_from_slice(right);
        }
        *v = rows;
        let x = std::mem::take(&mut *x);
        if !keep {
            workspace.scratch.give(x);
            buffers.into_iter().for_each(|m| m.give(workspace));
            return Ok((v, None));
        }
        let directions = [(m0, false), (m1, true)].map(|(m, reverse)| {
            let mut previous = workspace.scratch.any(n * h);
            previous_states(packing, h, reverse, &m.state, &mut previous);
            workspace.scratch.give(std::mem::take(&mut m.state));
            workspace.scratch.give(std::mem::take(&mut m.panels));
            SavedDirection {
                gates: std::mem::take(&mut m.gates),
                cell: std::mem::take(&mut m.cell),
                cell_tanh: std::mem::take(&mut m.cell_tanh),
                previous,
            }
        });
        Ok((v, Some(Saved { x, directions })))
    }

    fn lstm_backward(
        run: &Context<Self>,
        shape: LayerShape,
        packing: &Packing,
        [forward, backward]: [Weights<Self>; 2],
        saved: Saved,
        gv: &Buffer<Self>,
        gx: &mut Buffer<Self>,
        [left, right]: [WeightGradients<Self>; 2],
    ) -> Result<(), Self::Err> {
        let workspace = run.workspace();
        let (n, h) = (packing.tokens(), shape.hidden);
        let Saved { x, directions: [mut d0, mut d1] } = saved;
        let mut work = [(); 2].map(|()| Work {
            gx: workspace.scratch.any(n * shape.input),
            gv: workspace.scratch.any(n * h),
            dh: workspace.scratch.zeros(packing.sentences() * h),
            dc: workspace.scratch.zeros(packing.sentences() * h),
            panels: workspace.scratch.at_least(Panels::len(4 * h, h.max(shape.input)).max(Panels::len(n, 4 * h))),
        });
        let [w0, w1] = &mut work;
        let isa = workspace.isa;
        let (x_values, gv, forward, backward) = (&x[..], &gv[..], Slices::of(&forward), Slices::of(&backward));
        let left = SliceGradients { input: left.input, recurrent: left.recurrent, bias: left.bias };
        let right = SliceGradients { input: right.input, recurrent: right.recurrent, bias: right.bias };
        workspace.join(
            || w0.backward(isa, shape, packing, x_values, forward, &mut d0, gv, left, false),
            || w1.backward(isa, shape, packing, x_values, backward, &mut d1, gv, right, true),
        );
        for w in work {
            gx.iter_mut().zip(&w.gx).for_each(|(g, d)| *g += d);
            [w.gx, w.gv, w.dh, w.dc, w.panels].into_iter().for_each(|v| workspace.scratch.give(v));
        }
        workspace.scratch.give(x);
        for d in [d0, d1] {
            [d.gates, d.cell, d.cell_tanh, d.previous].into_iter().for_each(|v| workspace.scratch.give(v));
        }
        Ok(())
    }
}

/// Rows of x that are equal, each once: in a first layer without dropout those of one word. What the input matrix makes of a row does not
/// depend on the other rows, so that it is computed once for all that are equal, with the same bits.
struct EqualRows {
    /// The distinct rows, distinct x in
    rows: Vec<f32>,
    /// Index of a distinct row, one a token.
    row_of: Vec<u32>,
}

impl EqualRows {
    /// `None` where fewer than one row in ten could be spared.
    fn find(x: &[f32], width: usize) -> Option<Self> {
        let tokens = x.len() / width.max(1);
        let mut seen: HashMap<u64, Vec<u32>> = HashMap::with_capacity(tokens);
        let (mut first, mut row_of): (Vec<&[f32]>, _) = (Vec::new(), Vec::with_capacity(tokens));
        for (token, row) in x.chunks_exact(width.max(1)).enumerate() {
            if token == ENOUGH && first.len() * 10 > token * 9 {
                return None;
            }
            let alike = seen.entry(digest(row)).or_default();
            let known = alike.iter().copied().find(|i| same_bits(first[*i as usize], row));
            row_of.push(known.unwrap_or_else(|| {
                alike.push(first.len() as u32);
                first.push(row);
                first.len() as u32 - 1
            }));
        }
        (first.len() * 10 <= tokens * 9).then(|| Self { rows: first.concat(), row_of })
    }
}

fn digest(row: &[f32]) -> u64 {
    row.iter().fold(0, |d: u64, v| (d.rotate_left(5) ^ u64::from(v.to_bits())).wrapping_mul(0x517c_c1b7_2722_0a95))
}

fn same_bits(a: &[f32], b: &[f32]) -> bool {
    a.iter().zip(b).all(|(a, b)| a.to_bits() == b.to_bits())
}

/// One direction's parameters as plain values.
#[derive(Clone, Copy)]
struct Slices<'a> {
    input: &'a [f32],
    recurrent: &'a [f32],
    bias: &'a [f32],
}

impl<'a> Slices<'a> {
    fn of(w: &Weights<'a, Cpu>) -> Self {
        Self { input: w.input, recurrent: w.recurrent, bias: w.bias }
    }
}

struct SliceGradients<'a> {
    input: &'a mut [f32],
    recurrent: &'a mut [f32],
    bias: &'a mut [f32],
}

/// Buffers of one direction's forward pass.
struct ForwardBuffers {
    gates: Vec<f32>,
    /// bias + x Wx of the distinct rows of x, where there are fewer than tokens: distinct x 4h.
    projected: Vec<f32>,
    cell: Vec<f32>,
    cell_tanh: Vec<f32>,
    state: Vec<f32>,
    panels: Vec<f32>,
}

impl ForwardBuffers {
    fn new(workspace: &CpuWorkspace, LayerShape { input, hidden: h }: LayerShape, n: usize, distinct: usize) -> Self {
        let s = &workspace.scratch;
        let panels = s.at_least(Panels::len(input.max(h), 4 * h));
        let (gates, projected) = (s.any(n * 4 * h), s.any(distinct * 4 * h));
        Self { gates, projected, cell: s.any(n * h), cell_tanh: s.any(n * h), state: s.any(n * h), panels }
    }

    fn give(self, workspace: &CpuWorkspace) {
        let pieces = [self.gates, self.projected, self.cell, self.cell_tanh, self.state, self.panels];
        pieces.into_iter().for_each(|v| workspace.scratch.give(v));
    }

    #[allow(clippy::too_many_arguments)]
    fn forward(&mut self, isa: Isa, shape: LayerShape, packing: &Packing, x: &[f32], equal: Option<&EqualRows>, w: Slices, reverse: bool) {
        let (n, h) = (packing.tokens(), shape.hidden);
        let g = 4 * h;
        let input = Mat::new(w.input, shape.input, g, g);
        let bias = Initial::Rows { data: w.bias, stride: 0 };
        match equal {
            None => multiply(isa, &mut self.panels, bias, Mat::new(x, n, shape.input, shape.input), input, &mut self.gates, g),
            Some(equal) => {
                let distinct = Mat::new(&equal.rows, self.projected.len() / g, shape.input, shape.input);
                multiply(isa, &mut self.panels, bias, distinct, input, &mut self.projected, g);
                for (gates, row) in self.gates.chunks_exact_mut(g).zip(&equal.row_of) {
                    gates.copy_from_slice(&self.projected[*row as usize * g..][..g]);
                }
            }
        }
        let recurrent = Mat::new(w.recurrent, h, g, g);
        let mut panels = Panels::in_memory(std::mem::take(&mut self.panels));
        // Of one short sentence each step is one row, for which packing would cost more than it gains.
        let packed = packing.sentences() > 1 || packing.steps() >= MANY_STEPS;
        if packed {
            panels.pack(isa, recurrent);
        }
        for t in steps(packing, reverse) {
            let (row, alive) = (packing.offset(t), packing.active(t));
            let before = earlier(packing, t, reverse);
            let gates = &mut self.gates[row * g..(row + alive) * g];
            if let Some((from, continuing)) = before {
                let state = Mat::new(&self.state[from * h..], continuing, h, h);
                match packed {
                    true => panels.multiply(isa, Initial::Result, state, gates, g),
                    false => multiply(isa, &mut Vec::new(), Initial::Result, state, recurrent, gates, g),
                }
            }
            let (continuing, from) = before.map_or((0, 0), |(from, continuing)| (continuing, from));
            // The earlier step's cells lie before this one's rows, or, in the reverse direction, behind them.
            let (cell_before, cell) = if reverse {
                let (head, tail) = self.cell.split_at_mut((row + alive) * h);
                (&tail[..continuing * h], &mut head[row * h..])
            } else {
                let (head, tail) = self.cell.split_at_mut(row * h);
                (&head[from * h..][..continuing * h], &mut tail[..alive * h])
            };
            let rows = row * h..(row + alive) * h;
            cell_forward(isa, h, gates, cell_before, cell, &mut self.cell_tanh[rows.clone()], &mut self.state[rows]);
        }
        self.panels = panels.into_memory();
    }
}

/// Buffers of one direction's backward pass.
struct Work {
    gx: Vec<f32>,
    gv: Vec<f32>,
    dh: Vec<f32>,
    dc: Vec<f32>,
    panels: Vec<f32>,
}

impl Work {
    #[allow(clippy::too_many_arguments)]
    fn backward(
        &mut self,
        isa: Isa,
        shape: LayerShape,
        packing: &Packing,
        x: &[f32],
        w: Slices,
        saved: &mut SavedDirection,
        gv: &[f32],
        gradients: SliceGradients,
        reverse: bool,
    ) {
        let (n, h, input) = (packing.tokens(), shape.hidden, shape.input);
        let g = 4 * h;
        for (own, both) in self.gv.chunks_exact_mut(h).zip(gv.chunks_exact(2 * h)) {
            own.copy_from_slice(if reverse { &both[h..] } else { &both[..h] });
        }
        let mut panels = Panels::in_memory(std::mem::take(&mut self.panels));
        panels.pack(isa, Mat::new(w.recurrent, h, g, g).t());
        // A row's dh and dc are zero until its last step (in the order of the forward pass) is reached.
        for t in steps(packing, !reverse) {
            let (row, alive) = (packing.offset(t), packing.active(t));
            let before = earlier(packing, t, reverse);
            let (from, continuing) = before.unwrap_or((0, 0));
            let rows = row * h..(row + alive) * h;
            let gates = &mut saved.gates[row * g..(row + alive) * g];
            let cell_before = &saved.cell[from * h..][..continuing * h];
            cell_backward(isa, h, gates, cell_before, &saved.cell_tanh[rows.clone()], &self.gv[rows], &self.dh, &mut self.dc);
            if continuing > 0 {
                panels.multiply(isa, Initial::Zero, Mat::new(gates, continuing, g, g), &mut self.dh, h);
            }
        }
        self.panels = panels.into_memory();
        // From here the gates hold dz.
        let dz = &saved.gates;
        let all = Mat::new(dz, n, g, g);
        multiply(isa, &mut self.panels, Initial::Zero, all, Mat::new(w.input, input, g, g).t(), &mut self.gx, input);
        let mut panels = Panels::in_memory(std::mem::take(&mut self.panels));
        panels.pack(isa, all);
        panels.multiply(isa, Initial::Result, Mat::new(x, n, input, input).t(), gradients.input, g);
        panels.multiply(isa, Initial::Result, Mat::new(&saved.previous, n, h, h).t(), gradients.recurrent, g);
        self.panels = panels.into_memory();
        for row in dz.chunks_exact(g) {
            gradients.bias.iter_mut().zip(row).for_each(|(b, d)| *b += d);
        }
    }
}

/// The time steps in the order in which a direction reads them.
fn steps(packing: &Packing, reverse: bool) -> impl Iterator<Item = usize> {
    let last = packing.steps();
    (0..last).map(move |t| if reverse { last - 1 - t } else { t })
}

/// First row of the step read before `t`, and how many sentences go on from it.
fn earlier(packing: &Packing, t: usize, reverse: bool) -> Option<(usize, usize)> {
    let before = if reverse { t + 1 } else { t.checked_sub(1)? };
    let continuing = packing.active(before).min(packing.active(t));
    (continuing > 0).then(|| (packing.offset(before), continuing))
}

/// The state before each token: h of the step read before, zero at a sentence's first.
fn previous_states(packing: &Packing, h: usize, reverse: bool, state: &[f32], previous: &mut [f32]) {
    for t in 0..packing.steps() {
        let (row, alive) = (packing.offset(t), packing.active(t));
        let rows = &mut previous[row * h..(row + alive) * h];
        let (from, continuing) = earlier(packing, t, reverse).unwrap_or((0, 0));
        rows[..continuing * h].copy_from_slice(&state[from * h..][..continuing * h]);
        rows[continuing * h..].fill(0.0);
    }
}

/// One step of all rows: `gates` holds z (rows x 4h) and is left with the activated gates; rows past those of `before` start from
/// a cell of zeros.
fn cell_forward(isa: Isa, h: usize, gates: &mut [f32], before: &[f32], cell: &mut [f32], cell_tanh: &mut [f32], state: &mut [f32]) {
    let rows =
        gates.chunks_exact_mut(4 * h).zip(cell.chunks_exact_mut(h)).zip(cell_tanh.chunks_exact_mut(h)).zip(state.chunks_exact_mut(h));
    for (r, (((z, c), tc), y)) in rows.enumerate() {
        let [zi, zf, zg, zo] = quarters(z);
        activate(isa, zi, zf, zg, zo, c);
        if let Some(before) = before.get(r * h..(r + 1) * h) {
            carry(isa, zf, before, c);
        }
        put_out(isa, zo, c, tc, y);
    }
}

/// The reverse of [`cell_forward`]: `gates` holds the activated gates and is left with dz; `dh` (from the step after) is added to
/// `gv`, and `dc` goes from the step after to the step before.
#[allow(clippy::too_many_arguments)]
fn cell_backward(isa: Isa, h: usize, gates: &mut [f32], before: &[f32], cell_tanh: &[f32], gv: &[f32], dh: &[f32], dc: &mut [f32]) {
    let rows = gates
        .chunks_exact_mut(4 * h)
        .zip(cell_tanh.chunks_exact(h))
        .zip(gv.chunks_exact(h))
        .zip(dh.chunks_exact(h))
        .zip(dc.chunks_exact_mut(h));
    for (r, ((((z, tc), gv), dh), dc)) in rows.enumerate() {
        let [zi, zf, zg, zo] = quarters(z);
        put_out_backward(isa, zo, tc, gv, dh, dc);
        match before.get(r * h..(r + 1) * h) {
            Some(before) => activate_backward(isa, zi, zf, zg, before, dc),
            None => first_backward(isa, zi, zf, zg, dc),
        }
    }
}

/// The four gates of a row.
#[inline(always)]
fn quarters(z: &mut [f32]) -> [&mut [f32]; 4] {
    let (left, right) = z.split_at_mut(z.len() / 2);
    let (i, f) = left.split_at_mut(left.len() / 2);
    let (g, o) = right.split_at_mut(right.len() / 2);
    [i, f, g, o]
}

// The steps of a cell are functions of their own, and stay so when compiled: that the arguments of a function do not overlap is known to
// the compiler, whereas of slices cut within one loop it forgets it, and leaves a loop over five of them scalar.
for_each_isa! {
    /// Gates from z, and c = i g.
    fn activate<F>(zi: &mut [f32], zf: &mut [f32], zg: &mut [f32], zo: &mut [f32], c: &mut [f32]) {
        let h = c.len();
        let (zi, zf, zg, zo) = (&mut zi[..h], &mut zf[..h], &mut zg[..h], &mut zo[..h]);
        for j in 0..h {
            let (i, f) = sigmoid_pair::<F>(zi[j], zf[j]);
            let (half, o) = sigmoid_pair::<F>(2.0 * zg[j], zo[j]);
            let g = fma::<F>(2.0, half, -1.0);
            (zi[j], zf[j], zg[j], zo[j]) = (i, f, g, o);
            c[j] = i * g;
        }
    }

    /// c += f c_before
    fn carry<F>(f: &[f32], before: &[f32], c: &mut [f32]) {
        for ((c, f), before) in c.iter_mut().zip(f).zip(before) {
            *c = fma::<F>(*f, *before, *c);
        }
    }

    /// h = o tanh c
    fn put_out<F>(o: &[f32], c: &[f32], tc: &mut [f32], y: &mut [f32]) {
        let h = c.len();
        let (o, tc, y) = (&o[..h], &mut tc[..h], &mut y[..h]);
        for j in 0..h {
            tc[j] = tanh::<F>(c[j]);
            y[j] = o[j] * tc[j];
        }
    }

    /// From dh to dz_o (in place of o) and dc.
    fn put_out_backward<F>(o: &mut [f32], tc: &[f32], gv: &[f32], dh: &[f32], dc: &mut [f32]) {
        let h = dc.len();
        let (o, tc, gv, dh) = (&mut o[..h], &tc[..h], &gv[..h], &dh[..h]);
        for j in 0..h {
            let d = gv[j] + dh[j];
            dc[j] = fma::<F>(d * o[j], 1.0 - tc[j] * tc[j], dc[j]);
            o[j] = d * tc[j] * o[j] * (1.0 - o[j]);
        }
    }

    /// From dc to dz of the other gates (in place of them), and dc of the step before.
    fn activate_backward<F>(zi: &mut [f32], zf: &mut [f32], zg: &mut [f32], before: &[f32], dc: &mut [f32]) {
        let h = dc.len();
        let (zi, zf, zg, before) = (&mut zi[..h], &mut zf[..h], &mut zg[..h], &before[..h]);
        for j in 0..h {
            let (i, f, g, d) = (zi[j], zf[j], zg[j], dc[j]);
            zi[j] = d * g * i * (1.0 - i);
            zf[j] = d * before[j] * f * (1.0 - f);
            zg[j] = d * i * (1.0 - g * g);
            dc[j] = d * f;
        }
    }

    /// [`activate_backward`] at a sentence's first step, whose cell before is zero.
    fn first_backward<F>(zi: &mut [f32], zf: &mut [f32], zg: &mut [f32], dc: &mut [f32]) {
        let h = dc.len();
        let (zi, zf, zg) = (&mut zi[..h], &mut zf[..h], &mut zg[..h]);
        for j in 0..h {
            let (i, g, d) = (zi[j], zg[j], dc[j]);
            zi[j] = d * g * i * (1.0 - i);
            zf[j] = 0.0;
            zg[j] = d * i * (1.0 - g * g);
            dc[j] = 0.0;
        }
    }
}
