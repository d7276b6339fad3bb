//! The optimizers against PyTorch's, and the lazy table against a dense one.

use super::super::batches::below;
use super::super::{Optimizer, UpdateRule, checkpoint};
use crate::corpus::PerTask;
use crate::nn::ops::closeness::{close, grid, numbers};
use crate::nn::parameter::Parameters;
use crate::nn::{Architecture, Context, Tagger};
use crate::run::spec::{DropoutSpec, Hidden, ModelSpec};
use dfdx::prelude::Cpu;
use rand_core::SeedableRng;
use rand_xoshiro::Xoshiro256PlusPlus;

const SGD: UpdateRule = UpdateRule::Sgd { momentum: 0.9 };

fn values(p: &Parameters<Cpu>) -> Vec<Vec<f32>> {
    p.iter().map(|p| p.value().to_vec()).collect()
}

/// Five steps over two parameters with gradients given, without and with clipping:
/// ```python
/// import torch
/// def grid(seed, n): return torch.tensor([((i * i * 7 + i * 37 + seed * 13) % 101 - 50) / 64 for i in range(n)])
/// for name, make in [("sgd", lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9)), ("adam", lambda p: torch.optim.Adam(p, lr=0.1))]:
///     for clip in [None, 1.1]:
///         p, q = grid(1, 4).requires_grad_(), grid(2, 3).requires_grad_()
///         optimizer, norms = make([p, q]), []
///         for step in range(5):
///             p.grad, q.grad = grid(3 + step, 4), grid(30 + step, 3)
///             norms.append(float(torch.nn.utils.clip_grad_norm_([p, q], clip or 1e9)))
///             optimizer.step()
///         print(name, clip, *([round(float(v), 7) for v in t] for t in (p.detach(), q.detach(), norms)))
/// ```
#[test]
fn equals_pytorch_s_optimizers_and_clipping() {
    let norms = [1.2147369, 1.3847312, 1.1335397, 0.9916645, 1.1222841];
    type Case = (UpdateRule, Option<f64>, [f32; 4], [f32; 3]);
    let cases: [Case; 4] = [
        (SGD, None, [-0.7291905, -0.0600192, -0.7341032, 0.9864889], [-0.6265449, 0.3462734, -0.0887403]),
        (SGD, Some(1.1), [-0.7304774, 0.004992, -0.7335244, 0.9329653], [-0.5540713, 0.3281961, -0.125996]),
        (UpdateRule::Adam, None, [-0.5877151, -0.0949705, -0.5964577, 0.967755], [-0.6101438, 0.4948358, -0.2904032]),
        (UpdateRule::Adam, Some(1.1), [-0.5891019, -0.0731918, -0.5952873, 0.9640605], [-0.5894448, 0.4804853, -0.295001]),
    ];
    for (rule, clip, p, q) in cases {
        let mut parameters = Parameters::new(&Context::cpu(1));
        parameters.add("p", (2, 2), grid(1, 4), false).unwrap();
        parameters.add("q", (1, 3), grid(2, 3), false).unwrap();
        let mut optimizer = Optimizer::new(&parameters, rule, clip).unwrap();
        let mut gradients = parameters.gradients();
        for (step, norm) in norms.into_iter().enumerate() {
            for (p, own) in parameters.iter().zip([grid(3 + step, 4), grid(30 + step, 3)]) {
                p.gradient(&mut gradients).unwrap().copy_from_slice(&own);
            }
            let stepped = optimizer.step(&mut parameters, &mut gradients, &[], 0.1, |_| true).unwrap();
            assert!((stepped.norm - norm).abs() < 1e-6);
            assert_eq!(stepped.clipped, clip.is_some_and(|limit| norm > limit));
            parameters.iter().for_each(|p| assert!(p.gradient(&mut gradients).unwrap().iter().all(|g| *g == 0.0)));
        }
        let got = values(&parameters);
        close(&format!("{rule:?}, clip {clip:?}"), &got[0], &p, 2e-6);
        close(&format!("{rule:?}, clip {clip:?}"), &got[1], &q, 2e-6);
    }
}

/// Momentum SGD over every row at every step, in f64, beside the lazy one that only touches a batch's rows. The rate changes at each
/// flush, as it does between epochs; a row is compared whenever a batch reads it.
#[test]
fn the_lazy_table_goes_where_a_dense_one_would() {
    const ROWS: usize = 30;
    const WIDTH: usize = 4;
    for momentum in [0.0, 0.9, 0.99] {
        let mut p = Parameters::new(&Context::cpu(1));
        p.add("table", (ROWS, WIDTH), numbers(1, ROWS * WIDTH), true).unwrap();
        p.add("matrix", (3, 5), numbers(2, 15), false).unwrap();
        let mut dense: Vec<Vec<f64>> = values(&p).into_iter().map(|v| v.into_iter().map(f64::from).collect()).collect();
        let mut velocity: Vec<Vec<f64>> = dense.iter().map(|v| vec![0.0; v.len()]).collect();
        let mut optimizer = Optimizer::new(&p, UpdateRule::Sgd { momentum }, Some(1.0)).unwrap();
        let mut gradients = p.gradients();
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(9);
        let (mut rate, mut clipped) = (0.02f32, 0);
        let agree = |step: usize, lazy: &[f32], dense: &[f64]| {
            close(&format!("momentum {momentum}, step {step}"), lazy, &dense.iter().map(|v| *v as f32).collect::<Vec<_>>(), 3e-6);
        };
        for step in 0..200 {
            let mut rows: Vec<u32> =
                (0..1 + below(&mut rng, 6)).map(|_| (below(&mut rng, ROWS) * below(&mut rng, ROWS) / ROWS) as u32).collect();
            rows.sort_unstable();
            rows.dedup();
            optimizer.prepare(&mut p, &rows, rate).unwrap();
            for row in &rows {
                let at = *row as usize * WIDTH..(*row as usize + 1) * WIDTH;
                agree(step, &p.iter().next().unwrap().value()[at.clone()], &dense[0][at]);
            }
            let mut all = [vec![0.0f32; ROWS * WIDTH], numbers(500 + step as u32, 15)];
            for row in &rows {
                all[0][*row as usize * WIDTH..][..WIDTH].copy_from_slice(&numbers(1000 * step as u32 + row, WIDTH));
            }
            // Some steps are small, so that not all are clipped.
            let size = if step % 3 == 0 { 0.05 } else { 1.0 };
            all.iter_mut().flatten().for_each(|g| *g *= size);
            for (p, own) in p.iter().zip(&all) {
                p.gradient(&mut gradients).unwrap().copy_from_slice(own);
            }
            let norm = all.iter().flatten().map(|g| f64::from(*g).powi(2)).sum::<f64>().sqrt();
            for ((value, velocity), g) in dense.iter_mut().zip(&mut velocity).zip(&all) {
                for ((p, v), g) in value.iter_mut().zip(velocity).zip(g) {
                    *v = f64::from(momentum) * *v + f64::from(*g) / norm.max(1.0);
                    *p -= f64::from(rate) * *v;
                }
            }
            let stepped = optimizer.step(&mut p, &mut gradients, &rows, rate, |_| true).unwrap();
            assert!((stepped.norm - norm).abs() < 1e-5 * norm);
            clipped += usize::from(stepped.clipped);
            if step % 60 == 59 {
                optimizer.flush(&mut p, rate).unwrap();
                values(&p).iter().zip(&dense).for_each(|(lazy, dense)| agree(step, lazy, dense));
                rate *= 0.5;
            }
        }
        optimizer.flush(&mut p, rate).unwrap();
        values(&p).iter().zip(&dense).for_each(|(lazy, dense)| agree(200, lazy, dense));
        assert!((100..200).contains(&clipped), "{clipped} steps clipped");
    }
}

fn tagger(run: &Context<Cpu>, seed: u64) -> Tagger<Cpu> {
    let architecture = Architecture {
        words: 5,
        word_dimension: 3,
        characters: 0,
        tags: PerTask { mer: Some(3), men: Some(4) },
        train_words: true,
        model: ModelSpec { layers: 1, hidden: Hidden::Units(2), char_cnn: None, ..ModelSpec::default() },
        dropout: DropoutSpec { rate: 0.0, ..DropoutSpec::default() },
    };
    Tagger::new(run, architecture, numbers(seed as u32, 15), &mut Xoshiro256PlusPlus::seed_from_u64(seed)).unwrap()
}

#[test]
fn a_checkpoint_keeps_parameters_optimizer_and_progress() {
    let run = Context::cpu(1);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("checkpoint.safetensors");
    for rule in [SGD, UpdateRule::Adam] {
        let (mut tagger, mut other) = (tagger(&run, 1), tagger(&run, 2));
        let mut optimizer = Optimizer::new(tagger.parameters(), rule, None).unwrap();
        let mut gradients = tagger.parameters().gradients();
        for (step, rows) in [vec![0u32, 3], vec![1]].iter().enumerate() {
            for (k, p) in tagger.parameters().iter().enumerate() {
                p.gradient(&mut gradients).unwrap().copy_from_slice(&numbers((10 * step + k) as u32, p.len()));
            }
            optimizer.step(tagger.parameters_mut(), &mut gradients, rows, 0.1, |id| id.0 != 4).unwrap();
        }
        let mut noise = Xoshiro256PlusPlus::seed_from_u64(4);
        below(&mut noise, 9);
        let progress = checkpoint::Progress {
            epochs: vec![Default::default(); 2],
            step: 7,
            order: Xoshiro256PlusPlus::seed_from_u64(3),
            noise,
            sums: checkpoint::Sums { loss: [0.1 + 0.2, 1e300].into(), tokens: [u64::MAX, 2].into(), clipped: 3 },
            best: vec![Some((1.0 / 3.0, 2)), None],
            optimizer_steps: Vec::new(),
            feedback_store: Some("both.feedback.2.7".into()),
            tokens: 12,
        };
        checkpoint::save(&path, &tagger, &optimizer, &progress).unwrap();
        let mut fresh = Optimizer::new(other.parameters(), rule, None).unwrap();
        let loaded = checkpoint::load(&path, &mut other, &mut fresh).unwrap().unwrap();
        let want = optimizer.save(tagger.parameters()).unwrap();
        assert_eq!(fresh.save(other.parameters()).unwrap(), want);
        assert_eq!(values(other.parameters()), values(tagger.parameters()));
        assert_eq!(loaded, checkpoint::Progress { optimizer_steps: want.steps, ..progress });
        assert_eq!(loaded.optimizer_steps[4], 0);
    }
    let mut other = tagger(&run, 2);
    let mut fresh = Optimizer::new(other.parameters(), SGD, None).unwrap();
    assert!(checkpoint::load(&folder.path().join("none"), &mut other, &mut fresh).unwrap().is_none());
}
