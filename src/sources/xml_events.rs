//! The events of an XML text, with faults that end a part of it, not the rest.
//!
//! A reader of XML gives up at a construct that is not XML (`<!foo>`, a comment that is not closed). Here the construct
//! becomes text, and its user says which part has a fault.

use std::io::{self, BufRead, Read};

use quick_xml::errors::SyntaxError;
use quick_xml::events::Event;
use quick_xml::{Error, Reader};

use super::charset::{Allowance, Text};

/// How many bytes are read again after faults, in all.
const MOST_AGAIN: usize = 64 << 20;
/// After this many elements a reader is replaced, which forgets their names.
const MOST_OPENED: usize = 1 << 16;
/// After this many faults the rest of a text is left out.
pub(crate) const MOST_FAULTS: usize = 200;

/// A fault in the text.
pub(crate) enum XmlFault {
    /// What follows can be read.
    Passed(String),
    /// A CDATA section is not closed: what follows is its text, and is read as markup.
    OpenText(String),
    /// Nothing more can be read.
    Final(String),
}

/// A reader of events. It does not check end tags: its user does, so that a fault ends only a part.
pub(crate) struct XmlEvents<R> {
    reader: Option<Reader<Rewindable<R>>>,
    allowance: Allowance,
    /// How many elements the reader has seen; it keeps the names of those that are never closed.
    opened: usize,
}

impl<R: Read> XmlEvents<R> {
    pub(crate) fn new(text: Text<R>) -> XmlEvents<R> {
        let allowance = text.allowance();
        XmlEvents {
            reader: Some(reader(Rewindable::new(text))),
            allowance,
            opened: 0,
        }
    }

    /// Resets the size limit: a new part begins. What is still to be read again counts for the part before.
    pub(crate) fn renew(&self) {
        let is_new = |reader: &Reader<Rewindable<R>>| reader.get_ref().is_at_end();
        if self.reader.as_ref().is_none_or(is_new) {
            self.allowance.renew();
        }
    }

    /// How many bytes of the decoded text have been read.
    pub(crate) fn position(&self) -> u64 {
        let read = |reader: &Reader<Rewindable<R>>| reader.get_ref().position();
        self.reader.as_ref().map_or(0, read)
    }

    /// The next event. While a part is open, a comment or tag that contains one of its `ends` (`</item>`) is not closed.
    pub(crate) fn next<'buffer>(
        &mut self,
        buffer: &'buffer mut Vec<u8>,
        ends: Option<&[&str]>,
    ) -> Result<Event<'buffer>, XmlFault> {
        buffer.clear();
        if self.opened == MOST_OPENED {
            self.opened = 0;
            self.reader = self.reader.take().map(|old| reader(old.into_inner()));
        }
        let Some(reader) = &mut self.reader else {
            return Ok(Event::Eof);
        };
        reader.get_mut().mark();
        match reader.read_event_into(buffer) {
            Ok(event) if ends.is_some_and(|ends| is_unclosed(&event, ends)) => {
                let cause = match event {
                    Event::Comment(_) => "a comment is not closed".to_owned(),
                    _ => "a `<` begins no tag".to_owned(),
                };
                Err(match reader.get_mut().rewind() {
                    true => XmlFault::Passed(cause),
                    false => XmlFault::Final(cause),
                })
            }
            Ok(event) => {
                self.opened += usize::from(matches!(event, Event::Start(_)));
                Ok(event)
            }
            // The reader continues after it.
            Err(Error::IllFormed(cause)) => Err(XmlFault::Passed(cause.to_string())),
            Err(Error::Syntax(cause)) if self.resume() => Err(match cause {
                SyntaxError::UnclosedCData => XmlFault::OpenText(cause.to_string()),
                _ => XmlFault::Passed(cause.to_string()),
            }),
            Err(cause) => {
                let at = self.position();
                Err(XmlFault::Final(format!("{cause} (byte {at})")))
            }
        }
    }

    /// Begins again behind the `<` of the construct that could not be read.
    fn resume(&mut self) -> bool {
        let Some(mut old) = self.reader.take() else {
            return false;
        };
        let is_rewound = old.get_mut().rewind();
        self.reader = Some(match is_rewound {
            true => reader(old.into_inner()),
            false => old,
        });
        is_rewound
    }
}

fn reader<R: Read>(text: Rewindable<R>) -> Reader<Rewindable<R>> {
    let mut reader = Reader::from_reader(text);
    let config = reader.config_mut();
    config.allow_dangling_amp = true;
    config.check_end_names = false;
    config.allow_unmatched_ends = true;
    reader
}

/// Whether a construct in a part goes on behind that part; a comment is one that HTML takes for empty (`<!-->`), or a
/// tag none, so that it contains another one (`1 <2</title>`).
fn is_unclosed(event: &Event<'_>, ends: &[&str]) -> bool {
    let goes_on = || ends.iter().any(|end| event.contains(end));
    match event {
        Event::Comment(comment) => {
            comment.starts_with('>') || comment.starts_with("->") || goes_on()
        }
        Event::Start(tag) | Event::Empty(tag) => {
            let begins_a_name = |first: char| first.is_alphabetic() || matches!(first, '_' | ':');
            let first = tag.find(['<', '"', '\'']);
            let contains_tag = first.is_some_and(|at| tag.as_bytes().get(at) == Some(&b'<'));
            contains_tag || (tag.contains('<') && (!tag.starts_with(begins_a_name) || goes_on()))
        }
        Event::PI(_) => goes_on(),
        _ => false,
    }
}

/// A text that can be read again from where the last event began.
struct Rewindable<R> {
    inner: Text<R>,
    /// What was read since then, and what is to be read again.
    kept: Vec<u8>,
    /// How much of it is read.
    at: usize,
    /// Where in it the last event began.
    event: usize,
    /// How many bytes were read before `kept`.
    before: u64,
    /// How many bytes may still be read again.
    left: usize,
}

impl<R: Read> Rewindable<R> {
    fn new(inner: Text<R>) -> Rewindable<R> {
        Rewindable {
            inner,
            kept: Vec::new(),
            at: 0,
            event: 0,
            before: 0,
            left: MOST_AGAIN,
        }
    }

    fn is_at_end(&self) -> bool {
        self.at == self.kept.len()
    }

    fn position(&self) -> u64 {
        self.before + self.at as u64
    }

    /// An event begins.
    fn mark(&mut self) {
        if self.is_at_end() {
            self.before = self.position();
            self.kept.clear();
            self.at = 0;
        }
        self.event = self.at;
    }

    /// Goes back behind the first byte of the last event, unless too much was read again.
    fn rewind(&mut self) -> bool {
        let event = self.kept.get(self.event..self.at).unwrap_or_default();
        let Some(begin) = event.iter().position(|&byte| byte == b'<') else {
            return false;
        };
        let again = event.len() - begin - 1;
        match self.left.checked_sub(again) {
            Some(left) => {
                self.left = left;
                self.at -= again;
                true
            }
            None => false,
        }
    }
}

impl<R: Read> BufRead for Rewindable<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        match self.kept.get(self.at..) {
            Some(again) if !again.is_empty() => Ok(again),
            _ => self.inner.fill_buf(),
        }
    }

    fn consume(&mut self, count: usize) {
        if self.is_at_end() {
            let read = self.inner.fill_buf().unwrap_or_default();
            self.kept.extend(read.iter().take(count));
            self.inner.consume(count);
        }
        self.at += count;
    }
}

impl<R: Read> Read for Rewindable<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let count = self.fill_buf()?.read(out)?;
        self.consume(count);
        Ok(count)
    }
}
