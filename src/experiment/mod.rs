pub mod record;
pub mod spec;
