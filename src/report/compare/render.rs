//! A comparison as text and JSON.

use super::{Comparison, Side, Tested};
use std::fmt::Write;

/// For a terminal, at most 80 columns where system names allow.
pub fn text(comparison: &Comparison) -> String {
    let mut out = String::new();
    for (name, side) in [("first", &comparison.first), ("second", &comparison.second)] {
        let _ = writeln!(out, "{name:<7} {}", told(side));
    }
    let _ = writeln!(out, "on the {} documents of {} {}", comparison.documents, comparison.corpus, comparison.split);
    for key in &comparison.differs_in {
        let _ = writeln!(out, "second has {key}");
    }
    if comparison.methods.is_empty() {
        out.push_str("\nThese two networks (over documents; nothing of what other seeds would give):\n");
        table(&mut out, &comparison.networks);
        return out;
    }
    out.push_str("\nThe methods (means over seeds; over documents and seeds):\n");
    table(&mut out, &comparison.methods);
    out.push_str("\nThese networks alone (counts summed over seeds; over documents):\n");
    table(&mut out, &comparison.networks);
    out.push_str("\nOf the methods' F1, in points, with a chance of 80 %:\n");
    for level in &comparison.power {
        let _ = writeln!(out, "  {}: {}", level.level, level.power.text());
        if let Some(epsilon) = level.epsilon_min {
            let _ = writeln!(out, "  {}: almost stochastic order, epsilon_min {epsilon:.3}", level.level);
        }
    }
    let fewest = comparison.first.runs.len().min(comparison.second.runs.len());
    if fewest < 3 {
        let _ = writeln!(out, "With {fewest} runs on a side the spread over seeds is hardly known: make three or more.");
    }
    out
}

fn told(side: &Side) -> String {
    let ids: Vec<String> = side.runs.iter().map(|run| run.run_id.chars().take(12).collect()).collect();
    let seeds: Vec<String> = side.runs.iter().map(|run| run.seed.to_string()).collect();
    match &ids[..] {
        [id] => format!("{id}  {}, seed {}", side.system, seeds[0]),
        _ => format!("{} runs  {}, seeds {}", ids.len(), side.system, seeds.join(" ")),
    }
}

fn table(out: &mut String, tests: &[Tested]) {
    let _ = writeln!(out, "{:<17} {:>7} {:>7} {:>8}  {:>18} {:>7} {:>7}", "", "first", "second", "diff.", "95 % interval", "p", "Holm");
    for test in tests {
        let name = format!("{} {}", test.level, test.score);
        let interval = format!("{:+.4} to {:+.4}", test.low, test.high);
        let p = |p: Option<f64>| p.map(|p| format!("{p:.4}")).unwrap_or_default();
        let (plain, holm) = (p(test.p), p(test.p_holm));
        let row =
            format!("{name:<17} {:>7.4} {:>7.4} {:>+8.4}  {interval:>18} {plain:>7} {holm:>7}", test.first, test.second, test.difference);
        let _ = writeln!(out, "{}", row.trim_end());
    }
}

/// For programs: the fields of [`Comparison`].
///
/// # Errors
/// Never for scores that are finite, as those of records are.
pub fn json(comparison: &Comparison) -> serde_json::Result<String> {
    serde_json::to_string_pretty(comparison).map(|text| text + "\n")
}
