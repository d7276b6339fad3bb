//! Rows of a record as columns: a line for each figure in place of a block for each epoch or document.

/// Epochs, counted from 1, as one list for each figure.
pub mod epochs {
    use crate::corpus::{PerTask, Task};
    use crate::run::record::EpochRecord;
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    /// `None` for a task that the network has not.
    type Column = Option<Vec<Option<f64>>>;

    #[derive(Serialize, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Columns {
        learning_rate: Vec<f64>,
        loss: PerTask<Column>,
        clipped: Vec<f64>,
        dev_f1: PerTask<Column>,
    }

    pub fn serialize<S: Serializer>(epochs: &[EpochRecord], serializer: S) -> Result<S::Ok, S::Error> {
        let column = |value: &dyn Fn(&EpochRecord) -> Option<f64>| -> Column {
            let column: Vec<Option<f64>> = epochs.iter().map(value).collect();
            column.iter().any(Option::is_some).then_some(column)
        };
        let columns = Columns {
            learning_rate: epochs.iter().map(|epoch| epoch.learning_rate).collect(),
            loss: PerTask::of(|task| column(&|epoch| epoch.loss[task])),
            clipped: epochs.iter().map(|epoch| epoch.clipped).collect(),
            dev_f1: PerTask::of(|task| column(&|epoch| epoch.dev_f1[task])),
        };
        columns.serialize(serializer)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<EpochRecord>, D::Error> {
        let Columns { learning_rate, loss, clipped, dev_f1 } = Columns::deserialize(deserializer)?;
        let of_tasks = Task::ALL.into_iter().flat_map(|task| [&loss[task], &dev_f1[task]]).flatten();
        let lengths = of_tasks.map(Vec::len).chain([clipped.len()]);
        if let Some(other) = lengths.into_iter().find(|length| *length != learning_rate.len()) {
            return Err(D::Error::custom(format!("one column has {other} epochs, another {}", learning_rate.len())));
        }
        let value = |column: &Column, place: usize| column.as_ref().and_then(|column| column[place]);
        let epoch = |(place, learning_rate): (usize, f64)| EpochRecord {
            epoch: place as u64 + 1,
            learning_rate,
            loss: PerTask::of(|task| value(&loss[task], place)),
            clipped: clipped[place],
            dev_f1: PerTask::of(|task| value(&dev_f1[task], place)),
        };
        Ok(learning_rate.into_iter().enumerate().map(epoch).collect())
    }
}

#[cfg(test)]
mod tests {
    use crate::corpus::PerTask;
    use crate::run::record::{EpochRecord, NetworkRecord};

    #[test]
    fn epochs_come_back_and_uneven_columns_are_refused() {
        let epoch = |epoch| EpochRecord {
            epoch,
            learning_rate: 0.1,
            loss: PerTask { mer: Some(1.0 / epoch as f64), men: None },
            clipped: 0.25,
            dev_f1: PerTask { mer: (epoch > 1).then_some(0.5), men: None },
        };
        let network = NetworkRecord { tasks: "mer".into(), parameters: 7, selected_epochs: vec![2], epochs: vec![epoch(1), epoch(2)] };
        let text = serde_json::to_string(&network).unwrap();
        assert!(text.contains(r#""dev_f1":{"mer":[null,0.5],"men":null}"#), "{text}");
        assert_eq!(serde_json::from_str::<NetworkRecord>(&text).unwrap(), network);
        let uneven = text.replace("[null,0.5]", "[0.5]");
        assert!(serde_json::from_str::<NetworkRecord>(&uneven).unwrap_err().to_string().starts_with("one column has 1 epochs, another 2"));
    }
}
