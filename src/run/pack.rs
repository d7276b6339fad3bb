//! The container of packed tables: columns of numbers, each compressed on its own, with what they belong to and a digest.
//!
//! ```text
//! magic      8 bytes: `mermen` and the kind's two letters
//! version    1 byte
//! header     length (varint), bytes: what the file belongs to, the kind's own business
//! columns    their number (varint); for each: length unpacked (varint), length packed (varint), raw deflate
//! digest     32 bytes: SHA-256 of all before it with the columns unpacked
//! ```
//!
//! Numbers are LEB128 varints. The digest is of the unpacked columns: another version of the compressor may pack otherwise.

use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;
use sha2::{Digest, Sha256};
use std::io::{Read, Write};

/// More than any table of the largest corpus that is read, and little enough for any machine.
const COLUMN_LIMIT: u64 = 64 << 20;
const COLUMNS_LIMIT: u64 = 64;

/// What a pack holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PackKind {
    Predictions,
    Gold,
}

impl PackKind {
    /// The version that is written, and the only one that is read.
    pub const VERSION: u8 = 1;

    fn magic(self) -> &'static [u8; 8] {
        match self {
            PackKind::Predictions => b"mermenPR",
            PackKind::Gold => b"mermenGO",
        }
    }

    fn name(self) -> &'static str {
        match self {
            PackKind::Predictions => "packed predictions",
            PackKind::Gold => "a gold table",
        }
    }
}

/// Why bytes are no pack, or say what cannot be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PackError {
    #[error("it does not begin as {0} of mermen does")]
    OtherKind(&'static str),
    #[error("it is of version {found}; this program reads version {}", PackKind::VERSION)]
    Version { found: u8 },
    #[error("it ends too early: it was cut short")]
    Truncated,
    #[error("{0} bytes follow its end")]
    Trailing(usize),
    #[error("its columns do not unpack")]
    NotDeflate,
    #[error("its content is not that of its digest: it was changed or damaged")]
    Digest,
    #[error("{what} is {found}, expected {expected}")]
    Value { what: &'static str, found: u64, expected: String },
    #[error("{0}")]
    Other(&'static str),
}

/// A pack that was read, its digest checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opened {
    pub header: Vec<u8>,
    pub columns: Vec<Vec<u8>>,
    /// Hex SHA-256 over the whole content.
    pub sha256: String,
}

/// The bytes of a pack, and its digest in hexadecimal.
pub fn seal(kind: PackKind, header: &[u8], columns: &[Vec<u8>]) -> (Vec<u8>, String) {
    let digest = digest(kind, header, columns);
    let mut bytes = kind.magic().to_vec();
    bytes.push(PackKind::VERSION);
    push(&mut bytes, header.len() as u64);
    bytes.extend(header);
    push(&mut bytes, columns.len() as u64);
    for column in columns {
        let mut packed = DeflateEncoder::new(Vec::new(), flate2::Compression::best());
        // Memory takes all that is written.
        let packed = packed.write_all(column).and_then(|()| packed.finish()).unwrap_or_default();
        push(&mut bytes, column.len() as u64);
        push(&mut bytes, packed.len() as u64);
        bytes.extend(packed);
    }
    bytes.extend(digest);
    (bytes, hex(&digest))
}

/// Reads a pack of this kind.
///
/// # Errors
/// Bytes that are not such a pack, or not whole.
pub fn open(kind: PackKind, bytes: &[u8]) -> Result<Opened, PackError> {
    let opened = open_unchecked(kind, bytes)?;
    // The digest is what the file ends with.
    if hex(&bytes[bytes.len() - 32..]) == opened.sha256 { Ok(opened) } else { Err(PackError::Digest) }
}

/// As [`open`], whatever digest the bytes end with: for fuzzing, which could not get past it.
///
/// # Errors
/// Bytes that are not such a pack.
pub fn open_unchecked(kind: PackKind, bytes: &[u8]) -> Result<Opened, PackError> {
    let mut rest = bytes;
    if take(&mut rest, 8).map_err(|_| PackError::OtherKind(kind.name()))? != kind.magic() {
        return Err(PackError::OtherKind(kind.name()));
    }
    match take(&mut rest, 1)?[0] {
        PackKind::VERSION => {}
        found => return Err(PackError::Version { found }),
    }
    let length = varint(&mut rest)?;
    let header = take(&mut rest, length)?.to_vec();
    let count = varint(&mut rest)?;
    if count > COLUMNS_LIMIT {
        return Err(PackError::Value { what: "the number of columns", found: count, expected: format!("at most {COLUMNS_LIMIT}") });
    }
    let mut columns = Vec::new();
    for _ in 0..count {
        let (unpacked, packed) = (varint(&mut rest)?, varint(&mut rest)?);
        if unpacked > COLUMN_LIMIT {
            return Err(PackError::Value { what: "the length of a column", found: unpacked, expected: format!("at most {COLUMN_LIMIT}") });
        }
        let mut column = Vec::new();
        // One byte more than announced is read, to see whether there is one.
        let mut deflate = DeflateDecoder::new(take(&mut rest, packed)?).take(unpacked + 1);
        deflate.read_to_end(&mut column).map_err(|_| PackError::NotDeflate)?;
        if column.len() as u64 != unpacked {
            return Err(PackError::NotDeflate);
        }
        columns.push(column);
    }
    take(&mut rest, 32)?;
    if !rest.is_empty() {
        return Err(PackError::Trailing(rest.len()));
    }
    let sha256 = hex(&digest(kind, &header, &columns));
    Ok(Opened { header, columns, sha256 })
}

fn digest(kind: PackKind, header: &[u8], columns: &[Vec<u8>]) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(kind.magic());
    hash.update([PackKind::VERSION]);
    for part in std::iter::once(header).chain(columns.iter().map(Vec::as_slice)) {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part);
    }
    hash.finalize().into()
}

/// Lower-case hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn take<'a>(rest: &mut &'a [u8], length: impl TryInto<usize>) -> Result<&'a [u8], PackError> {
    let length = length.try_into().map_err(|_| PackError::Truncated)?;
    let (taken, left) = rest.split_at_checked(length).ok_or(PackError::Truncated)?;
    *rest = left;
    Ok(taken)
}

/// Appends a number as a varint.
pub fn push(column: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        column.push(number as u8 | 0x80);
        number >>= 7;
    }
    column.push(number as u8);
}

/// Appends a difference: small numbers of either sign are small varints.
pub fn push_signed(column: &mut Vec<u8>, number: i64) {
    push(column, ((number << 1) ^ (number >> 63)) as u64);
}

/// Appends a text and its length.
pub fn push_text(column: &mut Vec<u8>, text: &str) {
    push(column, text.len() as u64);
    column.extend(text.as_bytes());
}

fn varint(rest: &mut &[u8]) -> Result<u64, PackError> {
    let mut number = 0_u64;
    for shift in (0..64).step_by(7) {
        let byte = take(rest, 1)?[0];
        number |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return Ok(number);
        }
    }
    Err(PackError::Other("a number of its columns has more than 64 bits"))
}

/// Reads one column from its begin to its end.
#[derive(Clone, Copy, Debug)]
pub struct Cursor<'a> {
    what: &'static str,
    rest: &'a [u8],
}

impl<'a> Cursor<'a> {
    /// `what` is named in errors.
    pub fn new(what: &'static str, column: &'a [u8]) -> Self {
        Self { what, rest: column }
    }

    pub fn byte(&mut self) -> Result<u8, PackError> {
        Ok(take(&mut self.rest, 1)?[0])
    }

    /// A number below `limit`.
    pub fn below(&mut self, limit: usize) -> Result<usize, PackError> {
        match varint(&mut self.rest)? {
            number if (number as u128) < limit as u128 => Ok(number as usize),
            found => Err(PackError::Value { what: self.what, found, expected: format!("a number below {limit}") }),
        }
    }

    /// A number of characters, or of characters from another place: below 2^31, as no document is longer.
    pub fn offset(&mut self) -> Result<usize, PackError> {
        self.below(1 << 31)
    }

    /// How many things of at least one byte (in some column) follow.
    pub fn count(&mut self) -> Result<usize, PackError> {
        self.below(COLUMN_LIMIT as usize + 1)
    }

    pub fn signed(&mut self) -> Result<i64, PackError> {
        let number = varint(&mut self.rest)?;
        Ok((number >> 1) as i64 ^ -((number & 1) as i64))
    }

    pub fn text(&mut self) -> Result<&'a str, PackError> {
        let length = varint(&mut self.rest)?;
        std::str::from_utf8(take(&mut self.rest, length)?).map_err(|_| PackError::Other("a text of its columns is not UTF-8"))
    }

    pub fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// # Errors
    /// When something is left.
    pub fn end(self) -> Result<(), PackError> {
        if self.rest.is_empty() { Ok(()) } else { Err(PackError::Trailing(self.rest.len())) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_sealed_comes_back(header: Vec<u8>, columns in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..50), 0..5)) {
            let (bytes, sha256) = seal(PackKind::Gold, &header, &columns);
            prop_assert_eq!(open(PackKind::Gold, &bytes), Ok(Opened { header, columns, sha256 }));
            prop_assert!(matches!(open(PackKind::Predictions, &bytes), Err(PackError::OtherKind(_))));
        }

        /// Cut anywhere, or with any bit turned, it is refused: the digest covers all of it but the compressor's choices.
        #[test]
        fn what_was_damaged_is_refused(column in prop::collection::vec(any::<u8>(), 1..80), at: prop::sample::Index, bit in 0..8_u8) {
            let (bytes, _) = seal(PackKind::Predictions, b"run", std::slice::from_ref(&column));
            let at = at.index(bytes.len());
            prop_assert!(open(PackKind::Predictions, &bytes[..at]).is_err());
            let mut turned = bytes.clone();
            turned[at] ^= 1 << bit;
            if let Ok(opened) = open(PackKind::Predictions, &turned) {
                prop_assert_eq!(opened.columns, [column]);
            }
            let mut longer = bytes;
            longer.push(0);
            prop_assert_eq!(open(PackKind::Predictions, &longer), Err(PackError::Trailing(1)));
        }

        #[test]
        fn numbers_and_texts_come_back(number: u64, signed: i64, text: String) {
            let mut column = Vec::new();
            push(&mut column, number);
            push_signed(&mut column, signed);
            push_text(&mut column, &text);
            let mut cursor = Cursor::new("a number", &column);
            prop_assert_eq!(varint(&mut cursor.rest), Ok(number));
            prop_assert_eq!(cursor.signed(), Ok(signed));
            prop_assert_eq!(cursor.text(), Ok(text.as_str()));
            prop_assert_eq!(cursor.end(), Ok(()));
        }
    }

    #[test]
    fn a_column_that_says_it_is_huge_is_refused_before_it_is_unpacked() {
        let mut bytes = b"mermenGO\x01\x00\x01".to_vec();
        push(&mut bytes, u64::MAX);
        push(&mut bytes, 0);
        assert!(matches!(open(PackKind::Gold, &bytes), Err(PackError::Value { what: "the length of a column", .. })));
        // A bomb: one that unpacks to more than it says.
        let (honest, _) = seal(PackKind::Gold, b"", &[vec![0; 1000]]);
        let mut lying = honest.clone();
        lying[11] = 10; // 1000 is the two bytes e8 07
        lying.remove(12);
        assert_eq!(open(PackKind::Gold, &lying), Err(PackError::NotDeflate));
    }
}
