//! Recognises mentions in a text with a trained model, and gives each its concept:
//!
//! `cargo run --release --example annotate -- MODEL TEXT`
//!
//! `mermen export model RUN --output MODEL` writes the model of a run into one file.

use mermen::Model;
use std::error::Error;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [model, text] = &arguments[..] else { return Err("usage: annotate MODEL TEXT".into()) };
    for mention in Model::load(model)?.annotate(text)? {
        let concept = mention.concept.as_deref().unwrap_or("no concept");
        println!(
            "{}..{}  {} ({}): {concept}, {:.2}",
            mention.start, mention.end, mention.text, mention.entity_type, mention.mention_confidence
        );
    }
    Ok(())
}
