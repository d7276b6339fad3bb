//! The operation on the tape; its kernels are held to their promises in `cpu/tests.rs`.

use super::*;
use crate::nn::parameter::{ParameterId, Parameters};

const K: usize = 3;

fn chain(run: &Context<Cpu>) -> (Parameters<Cpu>, [ParameterId; 3]) {
    let mut p = Parameters::new(run);
    let scores = |n: usize| (0..n).map(|i| (i as f32 * 1.3).sin()).collect();
    let ids = [
        p.add("transitions", (K, K), scores(K * K), false).unwrap(),
        p.add("start", (1, K), scores(K), false).unwrap(),
        p.add("end", (1, K), scores(K), false).unwrap(),
    ];
    (p, ids)
}

fn lend(p: &Parameters<Cpu>, ids: [ParameterId; 3]) -> Crf<'_, Cpu> {
    let [transitions, start, end] = ids.map(|id| &p[id]);
    Crf { transitions, start, end }
}

#[test]
fn the_loss_s_gradient_is_marginals_less_gold_times_all_that_reaches_it() {
    let run = Context::cpu(1);
    let (p, ids) = chain(&run);
    let packing = Rc::new(Packing::new(&[3, 2]));
    let gold = Rc::new(vec![0, 1, 2, 2, 1]);
    let x: Rows<Cpu> = run.device().tensor_from_vec((0..5 * K).map(|i| (i as f32 * 0.7).cos()).collect(), (5, K));
    let crf = lend(&p, ids);
    let marginals = marginals(&run, &x, &packing, &crf).unwrap();
    assert!(marginals.chunks_exact(K).all(|row| (row.iter().sum::<f32>() - 1.0).abs() < 1e-6));

    let mut gradients = Gradients::leaky();
    // all gradients are kept, so that a second step adds to the first's
    for round in 1..3 {
        let (loss, value) = loss(&run, x.clone().traced(gradients), &packing, &crf, &gold, 0.5).unwrap();
        assert!(value > 0.0 && (f64::from(loss.array()) - 0.5 * value).abs() < 1e-6);
        gradients = (loss * 3.0).backward();
        for (n, (row, tag)) in marginals.chunks_exact(K).zip(gold.iter()).enumerate() {
            for (k, marginal) in row.iter().enumerate() {
                let expected = round as f32 * 1.5 * (marginal - if k == *tag as usize { 1.0 } else { 0.0 });
                let got = gradients.get(&x).as_vec()[n * K + k];
                assert!((got - expected).abs() < 1e-6, "emission ({n}, {k}): {got}, not {expected}");
            }
        }
        let of = |id: ParameterId, gradients: &mut Gradients<f32, Cpu>| p[id].gradient(gradients).unwrap().to_vec();
        let start = of(ids[1], &mut gradients);
        let expected: f32 = (marginals[0] + marginals[K] - 1.0) * 1.5 * round as f32;
        assert!((start[0] - expected).abs() < 1e-5, "{} is not {expected}", start[0]);
        assert!(of(ids[0], &mut gradients).iter().sum::<f32>().abs() < 1e-5);
    }
}

#[test]
fn the_best_tags_come_one_a_token() {
    let run = Context::cpu(1);
    let (p, ids) = chain(&run);
    let packing = Packing::new(&[3, 1]);
    let tags = [2u32, 0, 1, 2];
    let x: Rows<Cpu> = run.device().zeros_like(&(4, K));
    let mut values = x.as_vec();
    tags.iter().enumerate().for_each(|(n, tag)| values[n * K + *tag as usize] = 9.0);
    let x: Rows<Cpu> = run.device().tensor_from_vec(values, (4, K));
    assert_eq!(viterbi(&run, &x, &packing, &lend(&p, ids)).unwrap(), tags);
}
