//! The messages `Event`, `Summary` and `SessionLog` of TensorBoard (`event.proto`, `summary.proto`), as far as scalars need them.

use super::Scalar;

/// What an event says, beside when.
pub(super) enum Event<'a> {
    /// The first event of a file.
    FileVersion,
    SessionStart,
    Scalars(&'a [Scalar]),
}

/// The version from which on steps that are written again are dropped at a session's start only.
const FILE_VERSION: &str = "brain.Event:2";

impl Event<'_> {
    /// The bytes that the reference implementation gives: fields in order, those of value zero left out.
    pub fn encoded(&self, wall_time: f64, step: u64) -> Vec<u8> {
        let mut event = Message::default();
        if wall_time != 0.0 {
            event.fixed64(1, wall_time.to_le_bytes());
        }
        if step != 0 {
            event.varint(2, step);
        }
        match self {
            Event::FileVersion => event.bytes(3, FILE_VERSION.as_bytes()),
            Event::Scalars(scalars) => {
                let mut summary = Message::default();
                for scalar in *scalars {
                    let mut value = Message::default();
                    value.bytes(1, scalar.tag.as_bytes());
                    value.fixed32(2, (scalar.value as f32).to_le_bytes());
                    summary.bytes(1, &value.0);
                }
                event.bytes(5, &summary.0);
            }
            Event::SessionStart => {
                let mut log = Message::default();
                log.varint(1, 1);
                event.bytes(7, &log.0);
            }
        }
        event.0
    }
}

/// A protocol-buffer message under construction.
#[derive(Default)]
struct Message(Vec<u8>);

impl Message {
    /// Field number and wire type, then the value.
    fn key(&mut self, field: u64, wire: u64) {
        self.number(field << 3 | wire);
    }

    /// Seven bits a byte, the lowest first; the high bit says that more follow.
    fn number(&mut self, mut value: u64) {
        while value > 0x7F {
            self.0.push(value as u8 | 0x80);
            value >>= 7;
        }
        self.0.push(value as u8);
    }

    fn varint(&mut self, field: u64, value: u64) {
        self.key(field, 0);
        self.number(value);
    }

    fn fixed64(&mut self, field: u64, value: [u8; 8]) {
        self.key(field, 1);
        self.0.extend(value);
    }

    fn fixed32(&mut self, field: u64, value: [u8; 4]) {
        self.key(field, 5);
        self.0.extend(value);
    }

    fn bytes(&mut self, field: u64, value: &[u8]) {
        self.key(field, 2);
        self.number(value.len() as u64);
        self.0.extend(value);
    }
}
