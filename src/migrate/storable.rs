//! Parses files of Perl's Storable (`store` and `nstore`, major version 2) without Perl.
//!
//! Only data is accepted: scalars, arrays, hashes and references to them. Values that could make Perl run code when
//! they are loaded (code, blessed and tied values, overloading, regular expressions) are refused, and so is nesting
//! deeper than [`DEEPEST`]. A scalar may be referred to twice; an array or a hash may not, because a small file could
//! expand to an endless one. Nothing is allocated because of a length or a count: the bytes must be there first.

use std::fmt;

/// The deepest nesting that is accepted; a list of pings is 3 deep.
pub const DEEPEST: usize = 16;
/// The most values in one file.
pub const MOST_VALUES: usize = 2_000_000;

/// A value.
#[derive(Debug, Clone)]
pub enum Value<'file> {
    /// `undef`.
    Undefined,
    /// Bytes of an unknown charset.
    Bytes(&'file [u8]),
    /// Bytes that Perl marked as text: UTF-8.
    Text(&'file [u8]),
    /// An integer.
    Integer(i64),
    /// A floating point number.
    Float(f64),
    /// The values of an array.
    Array(Vec<Value<'file>>),
    /// The keys and values of a hash.
    Hash(Vec<(&'file [u8], Value<'file>)>),
}

/// Why a file is refused, and where.
#[derive(Debug, PartialEq, Eq)]
pub struct StorableError {
    /// The offset in bytes.
    pub offset: usize,
    /// What is wrong there.
    pub what: String,
}

impl fmt::Display for StorableError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "at byte {}: {}", self.offset, self.what)
    }
}

/// Whether `bytes` begin like a file of Storable.
pub fn is_storable(bytes: &[u8]) -> bool {
    bytes.starts_with(MAGIC)
}

/// Parses the value in a file.
pub fn parse(bytes: &[u8]) -> Result<Value<'_>, StorableError> {
    let mut reader = StorableReader {
        bytes,
        at: 0,
        start: 0,
        order: ByteOrder::Big,
        wide: 8,
        float: 8,
        values: 0,
        seen: Vec::new(),
    };
    reader.header()?;
    reader.value(0)
}

const MAGIC: &[u8] = b"pst0";

/// The order of the bytes in a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ByteOrder {
    Big,
    Little,
}

struct StorableReader<'file> {
    bytes: &'file [u8],
    at: usize,
    /// The offset of the value that is being parsed, for errors.
    start: usize,
    order: ByteOrder,
    /// Bytes of a Perl integer.
    wide: usize,
    /// Bytes of a Perl floating point number.
    float: usize,
    values: usize,
    /// The scalars so far, in the order in which Storable counts values; `None` for lists and hashes.
    seen: Vec<Option<Value<'file>>>,
}

type StorableResult<T> = Result<T, StorableError>;

impl<'file> StorableReader<'file> {
    fn header(&mut self) -> StorableResult<()> {
        if self.take(4)? != MAGIC {
            return Err(self.fault("this is no file of Storable"));
        }
        let version = self.byte()?;
        if version >> 1 != 2 {
            return Err(self.fault(format!("version {} of Storable is unknown", version >> 1)));
        }
        let minor = self.byte()?;
        if version & 1 == 1 {
            return Ok(());
        }
        let length = usize::from(self.byte()?);
        self.order = match self.take(length)? {
            b"1234" | b"12345678" => ByteOrder::Little,
            b"4321" | b"87654321" => ByteOrder::Big,
            _ => return Err(self.fault("a byte order that is unknown")),
        };
        self.wide = length;
        // The sizes of C's int, long and pointers: of them only Storable's lengths are written, as 4 bytes.
        if self.take(3)?.first() != Some(&4) {
            return Err(self.fault("an `int` that has not 4 bytes"));
        }
        if minor >= 2 {
            self.float = usize::from(self.byte()?);
        }
        Ok(())
    }

    fn value(&mut self, depth: usize) -> StorableResult<Value<'file>> {
        self.start = self.at;
        if depth > DEEPEST {
            return Err(self.fault(format!("nested deeper than {DEEPEST}")));
        }
        self.values += 1;
        if self.values > MOST_VALUES {
            return Err(self.fault(format!("more than {MOST_VALUES} values")));
        }
        let kind = self.byte()?;
        if kind == 0 {
            return self.again();
        }
        let tag = self.seen.len();
        self.seen.push(None);
        let value = match kind {
            1 => Value::Bytes(self.long()?),
            2 => self.array(depth)?,
            3 => self.hash(depth, false)?,
            4 | 27 => self.value(depth + 1)?,
            5 | 14 | 31 => Value::Undefined,
            6 => Value::Integer(self.integer()?),
            7 => Value::Float(self.float()?),
            8 => Value::Integer(i64::from(self.byte()?) - 128),
            9 => {
                let bytes: [u8; 4] = self.fixed()?;
                Value::Integer(i64::from(i32::from_be_bytes(bytes)))
            }
            10 => Value::Bytes(self.short()?),
            15 | 34 => Value::Integer(1),
            16 | 35 => Value::Bytes(b""),
            23 => Value::Text(self.short()?),
            24 => Value::Text(self.long()?),
            25 => self.hash(depth, true)?,
            11..=13 | 21 | 22 => return Err(self.fault("something tied")),
            17..=19 => return Err(self.fault("a blessed object")),
            20 | 28 => return Err(self.fault("an overloaded object")),
            26 => return Err(self.fault("code")),
            29 | 30 => return Err(self.fault("a version string")),
            32 => return Err(self.fault("a regular expression")),
            33 => return Err(self.fault("an object of more than 2 GiB")),
            _ => return Err(self.fault(format!("a value of the unknown kind {kind}"))),
        };
        let is_scalar = !matches!(value, Value::Array(_) | Value::Hash(_));
        if let Some(place) = self.seen.get_mut(tag).filter(|_| is_scalar) {
            *place = Some(value.clone());
        }
        Ok(value)
    }

    /// A reference to an earlier value. Its number is in network order in every file.
    fn again(&mut self) -> StorableResult<Value<'file>> {
        let tag = u32::from_be_bytes(self.fixed()?);
        match self.seen.get(tag as usize) {
            Some(Some(value)) => Ok(value.clone()),
            Some(None) => Err(self.fault("a list or a hash that is there twice")),
            None => Err(self.fault("a reference to what has not come yet")),
        }
    }

    fn array(&mut self, depth: usize) -> StorableResult<Value<'file>> {
        let count = self.count(1)?;
        let mut values = Vec::new();
        for _ in 0..count {
            values.push(self.value(depth + 1)?);
        }
        Ok(Value::Array(values))
    }

    fn hash(&mut self, depth: usize, flags: bool) -> StorableResult<Value<'file>> {
        const KEY_IS_SCALAR: u8 = 8;
        if flags {
            self.byte()?;
        }
        let count = self.count(5)?;
        let mut pairs = Vec::new();
        for _ in 0..count {
            let value = self.value(depth + 1)?;
            self.start = self.at;
            if flags && self.byte()? & KEY_IS_SCALAR != 0 {
                return Err(self.fault("a key that is no string"));
            }
            pairs.push((self.long()?, value));
        }
        Ok(Value::Hash(pairs))
    }

    /// A count of elements that take at least `least` bytes each.
    fn count(&mut self, least: usize) -> StorableResult<usize> {
        let count = self.length()?;
        let rest = self.bytes.len() - self.at;
        if count > rest / least {
            let what = format!("{count} elements are announced and {rest} bytes follow");
            return Err(self.fault(what));
        }
        Ok(count)
    }

    fn long(&mut self) -> StorableResult<&'file [u8]> {
        let length = self.length()?;
        self.take(length)
    }

    fn short(&mut self) -> StorableResult<&'file [u8]> {
        let length = usize::from(self.byte()?);
        self.take(length)
    }

    fn length(&mut self) -> StorableResult<usize> {
        let bytes: [u8; 4] = self.fixed()?;
        let length = match self.order {
            ByteOrder::Big => u32::from_be_bytes(bytes),
            ByteOrder::Little => u32::from_le_bytes(bytes),
        };
        Ok(length as usize)
    }

    fn integer(&mut self) -> StorableResult<i64> {
        if self.wide == 4 {
            let bytes: [u8; 4] = self.fixed()?;
            return Ok(i64::from(match self.order {
                ByteOrder::Big => i32::from_be_bytes(bytes),
                ByteOrder::Little => i32::from_le_bytes(bytes),
            }));
        }
        let bytes: [u8; 8] = self.fixed()?;
        Ok(match self.order {
            ByteOrder::Big => i64::from_be_bytes(bytes),
            ByteOrder::Little => i64::from_le_bytes(bytes),
        })
    }

    fn float(&mut self) -> StorableResult<f64> {
        if self.float != 8 {
            let what = format!("a floating point number of {} bytes", self.float);
            return Err(self.fault(what));
        }
        let bytes: [u8; 8] = self.fixed()?;
        Ok(match self.order {
            ByteOrder::Big => f64::from_be_bytes(bytes),
            ByteOrder::Little => f64::from_le_bytes(bytes),
        })
    }

    fn byte(&mut self) -> StorableResult<u8> {
        let [byte] = self.fixed()?;
        Ok(byte)
    }

    fn fixed<const N: usize>(&mut self) -> StorableResult<[u8; N]> {
        let bytes = self.take(N)?;
        bytes
            .try_into()
            .map_err(|_| self.fault("the file is cut off"))
    }

    fn take(&mut self, length: usize) -> StorableResult<&'file [u8]> {
        let end = self.at.checked_add(length);
        match end.and_then(|end| self.bytes.get(self.at..end)) {
            Some(bytes) => {
                self.at += length;
                Ok(bytes)
            }
            None => {
                self.start = self.at;
                Err(self.fault("the file is cut off"))
            }
        }
    }

    fn fault(&self, what: impl Into<String>) -> StorableError {
        StorableError {
            offset: self.start,
            what: what.into(),
        }
    }
}

#[cfg(test)]
mod tests;
