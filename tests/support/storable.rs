//! Files as tb.cgi wrote them: by real Perl, and by a writer of our own for machines that are not at hand.

use std::path::Path;
use std::process::Command;

use crate::support::process::output_with;
use crate::support::{give_to_owner, program};

/// A ping as tb.cgi kept it: bytes in whatever charset the sender had.
#[derive(Clone, Default)]
pub(crate) struct Kept {
    pub(crate) title: Vec<u8>,
    pub(crate) excerpt: Vec<u8>,
    pub(crate) url: Vec<u8>,
    pub(crate) blog_name: Vec<u8>,
    pub(crate) timestamp: i64,
}

/// A ping of that number; the first came on 26 September 2002.
pub(crate) fn kept(number: usize) -> Kept {
    Kept {
        title: format!("Title {number}").into_bytes(),
        excerpt: format!("Excerpt {number}").into_bytes(),
        url: format!("http://weblog.example/{number}").into_bytes(),
        blog_name: b"A weblog".to_vec(),
        timestamp: 1_033_000_000 + number as i64,
    }
}

/// Has Perl run `script`; `$ARGV[0]` is `path`, and `@pings` holds the pings, the newest first.
pub(crate) fn perl(path: &Path, pings: &[Kept], script: &str) {
    let hex = |bytes: &[u8]| {
        let digits: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        format!("pack('H*','{digits}')")
    };
    let mut program_text = String::from("use strict; use Storable; our @pings = (\n");
    for ping in pings.iter().rev() {
        let [title, excerpt, url, blog_name] =
            [&ping.title, &ping.excerpt, &ping.url, &ping.blog_name].map(|bytes| hex(bytes));
        program_text.push_str(&format!(
            "{{title=>{title},excerpt=>{excerpt},url=>{url},blog_name=>{blog_name},timestamp=>{}}},\n",
            ping.timestamp
        ));
    }
    program_text.push_str(");\n$Storable::canonical = 1;\n");
    program_text.push_str(script);
    let mut perl = Command::new(program("perl"));
    perl.args(["-", path.to_str().unwrap()]);
    let output = output_with(perl, program_text.as_bytes());
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{said}");
    give_to_owner(path);
}

/// How a machine writes.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Layout {
    Network,
    Little64,
    Little32,
    Big64,
    Big32,
}

impl Layout {
    pub(crate) const ALL: [Layout; 5] = [
        Layout::Network,
        Layout::Little64,
        Layout::Little32,
        Layout::Big64,
        Layout::Big32,
    ];

    fn header(self) -> &'static [u8] {
        match self {
            Layout::Network => b"pst0\x05\x0b",
            Layout::Little64 => b"pst0\x04\x0b\x0812345678\x04\x08\x08\x08",
            Layout::Little32 => b"pst0\x04\x0b\x041234\x04\x04\x04\x08",
            Layout::Big64 => b"pst0\x04\x0b\x0887654321\x04\x08\x08\x08",
            Layout::Big32 => b"pst0\x04\x0b\x044321\x04\x04\x04\x08",
        }
    }

    fn length(self, length: usize) -> [u8; 4] {
        let length = length as u32;
        match self {
            Layout::Little64 | Layout::Little32 => length.to_le_bytes(),
            Layout::Network | Layout::Big64 | Layout::Big32 => length.to_be_bytes(),
        }
    }

    fn integer(self, number: i64) -> Vec<u8> {
        let narrow = i32::try_from(number);
        match self {
            Layout::Network => [&[9][..], &narrow.unwrap().to_be_bytes()].concat(),
            Layout::Little64 => [&[6][..], &number.to_le_bytes()].concat(),
            Layout::Big64 => [&[6][..], &number.to_be_bytes()].concat(),
            Layout::Little32 => [&[6][..], &narrow.unwrap().to_le_bytes()].concat(),
            Layout::Big32 => [&[6][..], &narrow.unwrap().to_be_bytes()].concat(),
        }
    }

    fn scalar(self, bytes: &[u8]) -> Vec<u8> {
        match u8::try_from(bytes.len()) {
            Ok(length) => [&[10, length], bytes].concat(),
            Err(_) => [&[1][..], &self.length(bytes.len()), bytes].concat(),
        }
    }

    /// What Perl's `store` writes on such a machine, with sorted keys.
    pub(crate) fn write(self, pings: &[Kept]) -> Vec<u8> {
        let mut out = self.header().to_vec();
        out.push(2);
        out.extend(self.length(pings.len()));
        for ping in pings.iter().rev() {
            out.extend([4, 3]);
            out.extend(self.length(5));
            let fields = [
                ("blog_name", self.scalar(&ping.blog_name)),
                ("excerpt", self.scalar(&ping.excerpt)),
                ("timestamp", self.integer(ping.timestamp)),
                ("title", self.scalar(&ping.title)),
                ("url", self.scalar(&ping.url)),
            ];
            for (key, value) in fields {
                out.extend(value);
                out.extend(self.length(key.len()));
                out.extend(key.bytes());
            }
        }
        out
    }
}
