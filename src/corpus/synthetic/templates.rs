//! Sentences with slots. `abstracts.rs` says what each slot becomes.
//!
//! Mentions: `{name}` a name of the topic, `{defined}` a name with its abbreviation, `{short}` the abbreviation once it is
//! defined, `{class}` and `{classes}` the class above the topic, `{other}` another disease, `{both}` a composite, `{effect}`
//! what a drug causes, `{vague}` a disease without concept, `{chem}` a chemical. The rest are no mentions: `{site}`,
//! `{measure}`, `{specialist}`, `{gene}`, `{place}`, `{species}`, `{exam}` (with its abbreviation), `{state}`, `{n}`, `{pct}`, `{dec}`,
//! `{eponym}`, `{few}`, `{locus}`, `{share}`, `{onset}`, `{p}`, `{years}`.

pub(super) const TITLES: &[&str] = &[
    "A novel {gene} mutation in {place} families with {name}.",
    "{name}: clinical features of {n} patients.",
    "Effect of {chem} on {name} in children.",
    "Linkage of {name} to the {gene} locus.",
    "{chem}-induced {effect} in a patient with {name}.",
    "Prevalence of {name} in {place}.",
    "Loss of {gene} in {species} as a model of {name}.",
    "Changes of {measure} in {name} and {other}.",
    "Is {name} a risk factor for {other}?",
    "Long-term outcome of {chem} treatment in {name} patients.",
];

pub(super) const BACKGROUND: &[&str] = &[
    "{defined} is a rare {class} of the {site} that begins in the second decade of life.",
    "{defined} is caused by mutations in the {gene} gene on chromosome {locus}.",
    "Patients with {defined} show progressive loss of function of the {site}.",
    "The cause of {defined} is unknown in about {few}% of families.",
    "{defined} accounts for {few}% of all {classes}.",
    "Mutations in {gene} have been described in {defined}, but their effect on the {site} is not clear.",
    "{chem} is widely used in the treatment of {defined}.",
    "In {place}, {defined} affects about {dec} in 100,000 people.",
];

pub(super) const MORE_BACKGROUND: &[&str] = &[
    "It differs from {other} by its early onset.",
    "Other disorders, e.g. {other} and {other}, share some of these signs.",
    "The role of {measure} in {short} has not been studied.",
    "Changes of {measure} with age are well known in healthy people.",
    "{gene} encodes a protein of {n} kDa that is expressed in the {site}.",
    "The spectrum of {both} is wide.",
    "Little is known about {short} in adults.",
    "A hereditary pattern is seen in many families, i.e. in {pct}% of them.",
];

pub(super) const METHODS: &[&str] = &[
    "We studied {n} {short} patients and {n} healthy controls from {place}.",
    "{exam} was recorded in all subjects.",
    "We measured {measure} and {measure} in {n} subjects with {short}.",
    "DNA of {n} unrelated families with {short} was screened for {gene} mutations.",
    "Patients received {chem} ({dec} mg/kg per day) for {n} weeks.",
    "{species} lacking {gene} were examined at {n} weeks of age.",
    "Subjects with {other} or {other} were excluded.",
    "Biopsies of the {site} were stained and stored at 4 °C.",
    "We reviewed the records of the {specialist} clinic between {years}.",
    "Expression of {gene} was measured in the {site} by PCR (n = {n}).",
    "Sections of the {site} were read at the {eponym} Institute in {place}.",
    "Subjects with {state} or {other} were excluded.",
    "Relatives with {both} were seen twice a year.",
    "A questionnaire on {specialist} symptoms was sent to {n} families in {place}.",
];

pub(super) const RESULTS: &[&str] = &[
    "{gene} mutations were found in {share} {short} families.",
    "{measure} was lower in {short} than in controls ({dec} ± {dec} vs. {dec} ± {dec}, {p}).",
    "{other} was more frequent in patients with {short} ({pct}%) than expected ({p}).",
    "After {n} weeks of {chem}, {pct}% of the patients were free of {short}.",
    "In all, {n} patients developed {effect} while taking {chem}.",
    "{chem} caused {effect} in {n} patients and {effect} in {n}.",
    "The severity of {short} was related to {measure} (r = 0.{n}).",
    "No change of {measure} was seen after {chem}.",
    "One patient had {vague} before {short} was diagnosed.",
    "{species} without {gene} developed signs of {short} in the {site}.",
    "Carriers of the {gene} allele had {both}.",
    "The median age at onset of {short} was {onset}.",
    "{exam_short} values were normal in {pct}% of the subjects.",
    "{state} was more frequent in patients with {short} ({pct}%) than expected ({p}).",
    "{state} did not alter the effect of {chem} on {short}.",
    "Neither {state} nor {other} was observed during follow-up.",
    "Grading by the {eponym} scale did not differ between {short} and controls ({p}).",
    "Imaging of the {site} was normal in the affected members at {n} years.",
    "In {n} cases {vague} was suspected, but the {specialist} examination was normal.",
    "Both {short} and {other} were present in {n} members of one family.",
    "β-Blockers and diet had no effect on {short} or on {measure}.",
    "Dr. Sjöholm's rating of {short} rose by {dec} points per year.",
];

pub(super) const CONCLUSIONS: &[&str] = &[
    "We conclude that {gene} is involved in {short}.",
    "These data suggest that {chem} is effective in {short} but may cause {effect}.",
    "Thus {short} and {other} may share a common mechanism.",
    "Screening for {other} is advised in {short} patients.",
    "Our findings widen the spectrum of {classes} due to {gene}.",
    "{measure} may serve as a marker of {short}.",
    "{short} should be considered in every {class} of unknown cause.",
    "Further studies of the {site} are needed.",
];

/// Sentences that training never shows.
pub(super) const LATER_TITLES: &[&str] = &["{gene} and {name}: a family study.", "{other} complicating {name} after {chem}."];

pub(super) const LATER_BACKGROUND: &[&str] =
    &["The natural history of {defined} is poorly documented.", "{defined} was first reported from {place} by the {eponym} group."];

pub(super) const LATER_METHODS: &[&str] = &[
    "Sera from {n} donors with {short} and {n} with {other} were assayed for {measure}.",
    "Relatives with neither {short} nor {state} served as controls.",
];

pub(super) const LATER_RESULTS: &[&str] = &[
    "On {chem}, {short} worsened in {share} cases and {effect} appeared in {n}.",
    "A history of {state} or {other} was given by {pct}% of the {short} group.",
    "By contrast, {measure} fell in {other} (P < 0.05), whereas {short} was stable.",
    "Two siblings died of {other}; the third has {vague}.",
];

pub(super) const LATER_CONCLUSIONS: &[&str] =
    &["{short} can thus be told from {other} by {measure}.", "Neither {gene} nor {state} explains {short}."];

/// Every sentence of every section.
#[cfg(test)]
pub(super) fn all() -> impl Iterator<Item = &'static str> {
    [TITLES, BACKGROUND, MORE_BACKGROUND, METHODS, RESULTS, CONCLUSIONS]
        .into_iter()
        .chain([LATER_TITLES, LATER_BACKGROUND, LATER_METHODS, LATER_RESULTS, LATER_CONCLUSIONS])
        .flatten()
        .copied()
}
