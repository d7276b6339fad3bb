//! What a run's record alone can tell of its errors, without the corpus.

use super::layout::{Listing, Section, listed, number, plain, share, text};
use crate::corpus::OovSubset;
use crate::evaluate::{Counts, DocumentCounts, SplitScores};
use std::cmp::Reverse;

/// The scores of a split as tables; of the documents with most errors the first `top`.
pub fn sections_of_scores(of: &SplitScores, top: usize) -> Vec<Section> {
    let counted = |name: &str, counts: Counts| {
        let of_gold = share(counts.tp, counts.tp + counts.fn_);
        plain([name.to_owned(), counts.tp.to_string(), counts.fp.to_string(), counts.fn_.to_string(), of_gold].into())
    };
    let columns = |first| vec![text(first), number("right"), number("spurious"), number("missed"), number("recall")];
    let table = |caption: &str, first, rows| Listing::new(caption, columns(first), rows, 0);
    let subset = |subset: OovSubset| format!("{subset:?}").to_uppercase();
    let overview = vec![
        counted("mentions (MER)", of.mention.all_documents),
        counted("mentions with concept (MEN)", of.mention_concept),
        counted("concepts a document (MEN)", of.concept.all_documents),
    ];
    let known = vec![counted("in training", of.seen_concepts), counted("not in training", of.unseen_concepts)];
    let mer = of.oov.iter().map(|s| counted(&subset(s.subset), s.counts.mer)).collect();
    let men = of.oov.iter().map(|s| counted(&subset(s.subset), s.counts.men)).collect();

    let errors = |counts: Counts| counts.fp + counts.fn_;
    let mut worst: Vec<&DocumentCounts> = of.documents.iter().filter(|d| errors(d.mention) + errors(d.concept) > 0).collect();
    worst.sort_by_key(|document| Reverse(errors(document.mention) + errors(document.concept)));
    let worst_columns =
        vec![text("document"), number("mentions missed"), number("spurious"), number("concepts missed"), number("spurious")];
    let worst = listed("Documents with most errors", worst_columns, &worst, top, |document| {
        let counts = [document.mention.fn_, document.mention.fp, document.concept.fn_, document.concept.fp];
        plain([document.id.clone()].into_iter().chain(counts.map(|n| n.to_string())).collect())
    });
    let boundary = of.boundary;
    vec![
        Section {
            id: "overview",
            heading: "Overview",
            lead: format!(
                "What the record keeps; the corpus is needed for more. MER and MEN give different spans in {} of {} cases.",
                boundary.spans_in_one, boundary.spans_in_any
            ),
            tables: vec![table("Found in the split", "what", overview)],
        },
        Section {
            id: "known",
            heading: "By what training knows",
            lead: "Predictions count where their own concept or words belong.".to_owned(),
            tables: vec![
                table("Concepts", "concept", known),
                table("Mentions of MER by their words", "words", mer),
                table("Mentions of MEN by their words", "words", men),
            ],
        },
        Section { id: "documents", heading: "Documents", lead: String::new(), tables: vec![worst] },
    ]
}
