//! Indices that come more than once, grouped, so that what they add to is added by one thread each and always in the same order.

use super::Gpu;

/// The places at which each index stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Groups {
    /// The indices, each once, ascending.
    pub keys: Vec<u32>,
    /// Where each one's places end in `places`.
    pub ends: Vec<u32>,
    /// Ascending for each index.
    pub places: Vec<u32>,
}

impl Groups {
    pub fn of(indices: &[u32]) -> Self {
        let mut places: Vec<u32> = (0..indices.len() as u32).collect();
        places.sort_by_key(|place| indices[*place as usize]);
        let (mut keys, mut ends) = (Vec::new(), Vec::new());
        for (n, place) in places.iter().enumerate() {
            let key = indices[*place as usize];
            if keys.last() != Some(&key) {
                keys.push(key);
                ends.push(0);
            }
            if let Some(end) = ends.last_mut() {
                *end = n as u32 + 1;
            }
        }
        Self { keys, ends, places }
    }

    pub fn upload<G: Gpu>(self, gpu: &G) -> Result<UploadedGroups<G>, G::Error> {
        Ok(UploadedGroups {
            len: self.keys.len(),
            keys: gpu.upload_indices(self.keys)?,
            ends: gpu.upload_indices(self.ends)?,
            places: gpu.upload_indices(self.places)?,
        })
    }
}

/// [`Groups`] on the device.
pub struct UploadedGroups<G: Gpu> {
    /// Number of keys.
    pub len: usize,
    pub keys: G::Indices,
    pub ends: G::Indices,
    pub places: G::Indices,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_of_an_index_lie_together_in_their_order() {
        let groups = Groups::of(&[7, 2, 7, 9, 2, 7]);
        assert_eq!(groups, Groups { keys: vec![2, 7, 9], ends: vec![2, 5, 6], places: vec![1, 4, 0, 2, 5, 3] });
        assert_eq!(Groups::of(&[]), Groups { keys: vec![], ends: vec![], places: vec![] });
    }
}
