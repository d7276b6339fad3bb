//! How the runs behind a verdict were trained: what it is a verdict on.

use crate::run::record::RunRecord;
use serde::Serialize;

/// Over the networks of some runs.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Regime {
    /// Fewest and most epochs that a network made.
    pub epochs: (u64, u64),
    /// Share of training steps whose gradient was clipped.
    pub clipped: f64,
    /// Share of selections (one a network, two where each task has its own) that took the last epoch.
    pub kept_last: f64,
}

impl Regime {
    /// `None` without an epoch.
    pub fn of<'a>(runs: impl IntoIterator<Item = &'a RunRecord>) -> Option<Self> {
        let networks: Vec<_> = runs.into_iter().flat_map(|run| &run.result.networks).filter(|network| !network.epochs.is_empty()).collect();
        let made = || networks.iter().map(|network| network.epochs.len() as u64);
        let epochs = (made().min()?, made().max()?);
        let of_epochs = networks.iter().flat_map(|network| &network.epochs).map(|epoch| epoch.clipped);
        let clipped = of_epochs.sum::<f64>() / made().sum::<u64>() as f64;
        let selected = || networks.iter().flat_map(|network| network.selected_epochs.iter().map(|epoch| (*network, *epoch)));
        let last = selected().filter(|(network, epoch)| network.epochs.last().is_some_and(|last| last.epoch == *epoch)).count();
        let kept_last = if last == 0 { 0.0 } else { last as f64 / selected().count() as f64 };
        Some(Self { epochs, clipped, kept_last })
    }

    /// As a sentence: `20 epochs, 94 % of steps clipped, 42 % kept the last epoch`.
    pub fn text(&self) -> String {
        let (fewest, most) = self.epochs;
        let epochs = if fewest == most { fewest.to_string() } else { format!("{fewest} to {most}") };
        let share = |share: f64| format!("{:.0} %", share * 100.0);
        format!("{epochs} epochs, {} of steps clipped, {} kept the last epoch", share(self.clipped), share(self.kept_last))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::synthetic::{record, spec};
    use crate::run::spec::Framework;

    #[test]
    fn it_counts_networks_epochs_and_the_last_of_them() {
        let mut pipeline = record(spec("ncbi-disease", Framework::Pipeline, true, true, 1));
        let mut joint = record(spec("ncbi-disease", Framework::Mtl, true, true, 1));
        for (network, clipped) in pipeline.result.networks.iter_mut().chain(&mut joint.result.networks).zip([1.0, 0.5, 0.0]) {
            network.epochs.truncate(4);
            network.epochs.iter_mut().for_each(|epoch| epoch.clipped = clipped);
            network.selected_epochs = vec![4];
        }
        joint.result.networks[0].selected_epochs = vec![2, 4];
        joint.result.networks[0].epochs.truncate(4);
        let regime = Regime::of([&pipeline, &joint]).expect("epochs");
        assert_eq!((regime.epochs, regime.clipped, regime.kept_last), ((4, 4), 0.5, 0.75));
        assert_eq!(regime.text(), "4 epochs, 50 % of steps clipped, 75 % kept the last epoch");
        assert_eq!(Regime::of([]), None);
    }
}
