//! Where MER and MEN of one run say different things of the same text, and which of the two gold agrees with.

use super::context::{Example, Who, keep};
use super::entity::Entity;
use super::pairing::pair;
use super::split::{PairedDocument, PairedSplit};

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Disagreements {
    /// Spans that both predict, and those of them that are gold spans.
    pub same: u64,
    pub same_right: u64,
    /// Spans of the two that overlap.
    pub boundaries: Disagreement,
    /// Spans of MER without any of MEN that overlaps.
    pub only_mer: Disagreement,
    pub only_men: Disagreement,
}

/// One way of disagreeing.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Disagreement {
    pub count: u64,
    /// MER's span, or MEN's, is a gold span; or neither is.
    pub mer_right: u64,
    pub men_right: u64,
    pub neither: u64,
    /// With the gold mention that is meant, if there is one.
    pub examples: Vec<Example>,
}

pub(super) fn disagreements(split: &PairedSplit) -> Disagreements {
    let mut found = Disagreements::default();
    for page in &split.documents {
        let both = pair(&page.mer, &page.men, |_, _| true);
        for (a, b) in both.pairs {
            let (mer, men) = (&page.mer[a], &page.men[b]);
            if mer.same_span(men) {
                found.same += 1;
                found.same_right += u64::from(is_gold(page, mer));
            } else {
                found.boundaries.add(page, Some(mer), Some(men));
            }
        }
        both.missed.iter().for_each(|a| found.only_mer.add(page, Some(&page.mer[*a]), None));
        both.spurious.iter().for_each(|b| found.only_men.add(page, None, Some(&page.men[*b])));
    }
    found
}

fn is_gold(page: &PairedDocument, span: &Entity) -> bool {
    page.gold.iter().any(|gold| gold.same_span(span))
}

impl Disagreement {
    fn add(&mut self, page: &PairedDocument, mer: Option<&Entity>, men: Option<&Entity>) {
        self.count += 1;
        let right = |span: Option<&Entity>| span.is_some_and(|span| is_gold(page, span));
        let (mer_right, men_right) = (right(mer), right(men));
        self.mer_right += u64::from(mer_right);
        self.men_right += u64::from(men_right);
        self.neither += u64::from(!mer_right && !men_right);
        let mut mentions: Vec<(Who, &Entity)> = Vec::new();
        let meant =
            page.gold.iter().find(|gold| [mer, men].into_iter().flatten().any(|span| gold.start < span.end && span.start < gold.end));
        mentions.extend(meant.map(|gold| (Who::Gold, gold)));
        mentions.extend(mer.map(|mer| (Who::Mer, mer)));
        mentions.extend(men.map(|men| (Who::Men, men)));
        keep(&mut self.examples, page, &mentions);
    }
}
