//! The two tasks, and a value for each of them.

use serde::{Deserialize, Serialize};
use std::ops::{Index, IndexMut};

/// Medical named entity recognition, and normalization.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Task {
    /// Recognition: spans and their types.
    Mer,
    /// Normalization: concepts.
    Men,
}

impl Task {
    /// Both tasks, MER first.
    pub const ALL: [Self; 2] = [Self::Mer, Self::Men];

    /// The other one.
    #[must_use]
    pub fn other(self) -> Self {
        match self {
            Self::Mer => Self::Men,
            Self::Men => Self::Mer,
        }
    }

    /// As it stands in `data/paper/*.csv` and in claims files.
    pub fn key(self) -> &'static str {
        match self {
            Self::Mer => "mer",
            Self::Men => "men",
        }
    }

    /// The paper's column title.
    pub fn title(self) -> &'static str {
        match self {
            Self::Mer => "Recognition",
            Self::Men => "Normalization",
        }
    }
}

/// A value for each task, indexed by [`Task`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PerTask<T> {
    /// The value of recognition.
    pub mer: T,
    /// The value of normalization.
    pub men: T,
}

impl<T> PerTask<T> {
    /// `value(task)` for each task, MER first.
    pub fn of(mut value: impl FnMut(Task) -> T) -> Self {
        Self { mer: value(Task::Mer), men: value(Task::Men) }
    }

    /// Both values, changed by `f`.
    pub fn map<U>(self, mut f: impl FnMut(T) -> U) -> PerTask<U> {
        PerTask { mer: f(self.mer), men: f(self.men) }
    }

    /// References to both values.
    pub fn as_ref(&self) -> PerTask<&T> {
        PerTask { mer: &self.mer, men: &self.men }
    }

    /// Each task with its value, MER first.
    pub fn iter(&self) -> impl Iterator<Item = (Task, &T)> {
        [(Task::Mer, &self.mer), (Task::Men, &self.men)].into_iter()
    }

    /// Each task with its value, MER first.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = (Task, &mut T)> {
        [(Task::Mer, &mut self.mer), (Task::Men, &mut self.men)].into_iter()
    }

    /// The values, MER's first.
    pub fn values(&self) -> impl Iterator<Item = &T> {
        [&self.mer, &self.men].into_iter()
    }
}

impl<T> IntoIterator for PerTask<T> {
    type Item = (Task, T);
    type IntoIter = std::array::IntoIter<(Task, T), 2>;

    /// Each task with its value, MER first.
    fn into_iter(self) -> Self::IntoIter {
        [(Task::Mer, self.mer), (Task::Men, self.men)].into_iter()
    }
}

impl<T> From<PerTask<T>> for [T; 2] {
    /// MER's value, then MEN's.
    fn from(of: PerTask<T>) -> Self {
        [of.mer, of.men]
    }
}

impl<T> From<[T; 2]> for PerTask<T> {
    /// MER's value, then MEN's.
    fn from([mer, men]: [T; 2]) -> Self {
        Self { mer, men }
    }
}

impl<T> Index<Task> for PerTask<T> {
    type Output = T;

    fn index(&self, task: Task) -> &T {
        match task {
            Task::Mer => &self.mer,
            Task::Men => &self.men,
        }
    }
}

impl<T> IndexMut<Task> for PerTask<T> {
    fn index_mut(&mut self, task: Task) -> &mut T {
        match task {
            Task::Mer => &mut self.mer,
            Task::Men => &mut self.men,
        }
    }
}

/// A [`PerTask`] as a list of MER's value and MEN's, in files that wrote it so before it had a type: `#[serde(with = "task::pair")]`.
pub mod pair {
    use super::PerTask;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    /// # Errors
    /// Those of the serializer.
    pub fn serialize<T: Serialize, S: Serializer>(of: &PerTask<T>, serializer: S) -> Result<S::Ok, S::Error> {
        [&of.mer, &of.men].serialize(serializer)
    }

    /// # Errors
    /// Where there are not two values.
    pub fn deserialize<'de, T: Deserialize<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<PerTask<T>, D::Error> {
        <[T; 2]>::deserialize(deserializer).map(PerTask::from)
    }
}
