//! A claim spelled out: every single comparison that it asks for.

use crate::corpus::OovSubset;
use crate::experiment::claims_file::{Claim, ClaimKind, Systems};
use crate::report::cells::subset_name;
use crate::report::system::{Network, framework_name};
use crate::run::spec::{Encoder, Framework, Schedule, Task};

/// One comparison, still without figures.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Comparison {
    pub first: Systems,
    /// None where a published figure is the other side.
    pub second: Option<Systems>,
    /// The pair whose gain is compared with that of `first` over `second`; none where it is the same pair.
    pub against: Option<(Systems, Systems)>,
    pub corpus: String,
    pub on: On,
}

/// What is measured of both.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum On {
    F1(Task),
    Subset(Task, OovSubset),
    Boundary,
    /// Gain on the one subset against that on the other.
    SubsetGains(Task, OovSubset, OovSubset),
    /// Gain of one pair on the first task against that of another pair on the second.
    TaskGains(Task, Task),
}

/// What a system of the claim leaves open is taken from `open`.
pub(super) fn comparisons(claim: &Claim, open: &Systems) -> Vec<Comparison> {
    if let (ClaimKind::LargerGain { larger, .. }, [one, other], [task, other_task], [base, ..]) =
        (&claim.kind, &claim.first[..], &claim.tasks[..], &claim.second[..])
        && larger.is_empty()
    {
        let other_base = claim.second.get(1).unwrap_or(base);
        let on = On::TaskGains(*task, *other_task);
        let of = |corpus: &String, combination: &Systems| Comparison {
            first: combination.over(one).over(open),
            second: Some(combination.over(base).over(open)),
            against: Some((combination.over(other).over(open), combination.over(other_base).over(open))),
            corpus: corpus.clone(),
            on,
        };
        return claim.corpora.iter().flat_map(|corpus| claim.across.iter().map(move |combination| of(corpus, combination))).collect();
    }
    let mut all = Vec::new();
    for corpus in &claim.corpora {
        for on in measures(claim) {
            for combination in &claim.across {
                for first in &claim.first {
                    let first = combination.over(first).over(open);
                    let cell = |second| Comparison { first: first.clone(), second, against: None, corpus: corpus.clone(), on };
                    if claim.second.is_empty() {
                        all.push(cell(None));
                    }
                    all.extend(claim.second.iter().map(|second| cell(Some(combination.over(second).over(open)))));
                }
            }
        }
    }
    all
}

fn measures(claim: &Claim) -> Vec<On> {
    if claim.tasks.is_empty() {
        return vec![On::Boundary];
    }
    let mut all = Vec::new();
    for &task in &claim.tasks {
        match &claim.kind {
            ClaimKind::LargerGain { larger, smaller } => {
                for &large in larger {
                    all.extend(smaller.iter().map(|&small| On::SubsetGains(task, large, small)));
                }
            }
            _ if claim.subsets.is_empty() => all.push(On::F1(task)),
            _ => all.extend(claim.subsets.iter().map(|&subset| On::Subset(task, subset))),
        }
    }
    all
}

/// `MTL+Bi-LSTM-CNNs`, with the keys in which it differs from `other` where the name does not show them.
pub(super) fn label(systems: &Systems, other: Option<&Systems>) -> String {
    if let Some(label) = &systems.label {
        return label.clone();
    }
    let name = short_label(systems, other);
    // Where all else is one, pinned keys tell the two apart.
    let Some(other) = other.filter(|other| short_label(other, Some(systems)) == name) else { return name };
    let text = |value: &serde_json::Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let pinned = systems.with.iter().filter(|pinned| !other.with.contains(pinned));
    std::iter::once(name).chain(pinned.map(|(key, value)| format!("{key}={}", text(value)))).collect::<Vec<_>>().join(", ")
}

fn short_label(systems: &Systems, other: Option<&Systems>) -> String {
    let network = network(systems);
    let mut name = match systems.framework.map(framework_name) {
        Some(framework) if systems.framework != Some(Framework::Pipeline) => format!("{framework}+{}", network.name()),
        _ => network.name().to_owned(),
    };
    let Some(other) = other else { return name };
    if let (Some(embedding), true) = (&systems.embedding, systems.embedding != other.embedding) {
        name += &format!(", {embedding}");
    }
    if systems.dropout != other.dropout {
        name += if systems.dropout == Some(false) { ", no dropout" } else { ", dropout" };
    }
    if systems.schedule != other.schedule {
        name += if systems.schedule == Some(Schedule::Asynchronous) { ", asynchronous" } else { ", synchronous" };
    }
    name
}

/// The network as Table 2 has it.
pub(super) fn network(systems: &Systems) -> Network {
    match (systems.encoder, systems.char_cnn, systems.crf) {
        (Some(Encoder::Idcnn), ..) => Network::Idcnn,
        (_, Some(true), Some(true)) => Network::BilstmCnnsCrf,
        (_, Some(true), _) => Network::BilstmCnns,
        (_, _, Some(true)) => Network::BilstmCrf,
        _ => Network::Bilstm,
    }
}

impl On {
    pub fn task(self) -> &'static str {
        match self {
            On::F1(task) | On::Subset(task, _) | On::SubsetGains(task, ..) => task.key(),
            On::TaskGains(task, _) => task.key(),
            On::Boundary => "",
        }
    }

    pub fn subset(self) -> String {
        match self {
            On::F1(_) | On::Boundary | On::TaskGains(..) => String::new(),
            On::Subset(_, subset) => subset_name(subset).to_owned(),
            On::SubsetGains(_, large, small) => format!("{} over {}", subset_name(large), subset_name(small)),
        }
    }
}
