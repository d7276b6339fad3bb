mod counts;
mod scores;
pub use counts::Counts;
pub use scores::*;
