//! Scores predicted annotations as the BioCreative V CDR evaluation kit does:
//!
//! `cargo run --release --no-default-features --example score -- GOLD PREDICTED`
//!
//! Both files may be in any format of a corpus. Needs neither the network nor the reports: built without dfdx and Polars.

use mermen::evaluate::Counts;
use std::error::Error;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [gold, predicted] = &arguments[..] else { return Err("usage: score GOLD PREDICTED".into()) };
    let (gold, predicted) = (mermen::corpus::read(gold)?, mermen::corpus::read(predicted)?);
    let row = |name: &str, counts: Counts| {
        println!("  {name:<8} precision {:.4}  recall {:.4}  F1 {:.4}", counts.precision(), counts.recall(), counts.f1())
    };
    for (entity_type, scores) in mermen::evaluate::kit(&gold, &predicted) {
        println!("{entity_type}");
        row("mention", scores.mention.kit);
        row("concept", scores.concept.kit);
    }
    Ok(())
}
