//! Any damage to the index beside a large file of pings: every answer stays right.
//!
//! The first byte says which index is damaged: the one of the file, an old one of it, or none but the input
//! itself; the second, whether it is cut. Then come places (two bytes) and what is done to the byte there.
#![no_main]

use std::fs::{self, OpenOptions};
use std::path::PathBuf;
use std::sync::LazyLock;

use jiff::Timestamp;
use libfuzzer_sys::fuzz_target;
use tb::internals::error::{Error, Refusal};
use tb::internals::store::{Arrival, Received, Record, State, Store, Which};
use tb::linkback::trackback::{Ping, TbId};
use tb_fuzz::{replace_text, scratch};
use tempfile::TempDir;

/// Pings in the file; the third is deleted, the fourth purged.
const PINGS: u64 = 260;

struct Laboratory {
    folder: TempDir,
    store: Store,
    id: TbId,
    /// The length of the file of pings.
    length: u64,
    listed: Vec<Record>,
    index: Vec<u8>,
    old_index: Vec<u8>,
}

static LABORATORY: LazyLock<Laboratory> = LazyLock::new(Laboratory::new);

fuzz_target!(|input: &[u8]| {
    let [which, cut, patches @ ..] = input else {
        return;
    };
    let laboratory = &*LABORATORY;
    let mut index = match which % 3 {
        0 => laboratory.index.clone(),
        1 => laboratory.old_index.clone(),
        _ => patches.to_vec(),
    };
    for patch in patches.chunks_exact(3).filter(|_| which % 3 < 2) {
        let place = usize::from(u16::from_le_bytes([patch[0], patch[1]]));
        if let Some(byte) = index.get_mut(place) {
            *byte ^= patch[2];
        }
    }
    if *cut > 0 {
        index.truncate(index.len() * usize::from(*cut) / 256);
    }
    laboratory.check(&index);
});

impl Laboratory {
    fn new() -> Laboratory {
        let folder = scratch();
        let mut laboratory = Laboratory {
            store: Store::open(folder.path()).expect("the folder is opened"),
            id: TbId::new(b"a").expect("an id"),
            folder,
            length: 0,
            listed: Vec::new(),
            index: Vec::new(),
            old_index: Vec::new(),
        };
        for number in 1..=PINGS {
            laboratory.send(number).expect("a ping is kept");
            if number == PINGS - 100 {
                laboratory.delete_third();
                laboratory.purge_fourth();
                laboratory.old_index = laboratory.made_index();
            }
        }
        laboratory.index = laboratory.made_index();
        assert_ne!(laboratory.index, laboratory.old_index);
        laboratory.length = fs::metadata(laboratory.path("a.jsonl"))
            .expect("it is there")
            .len();
        laboratory.listed = laboratory.read();
        assert_eq!(laboratory.listed.len() as u64, PINGS - 2);
        laboratory
    }

    /// Asks everything that an index answers, then brings the file back to what it was.
    fn check(&self, index: &[u8]) {
        fs::write(self.path(".a.idx"), index).expect("the index is written");
        assert_eq!(self.read(), self.listed);
        let pings = self
            .store
            .pings(&self.id)
            .expect("they are read")
            .expect("they are there");
        for record in self.listed.iter().step_by(37) {
            assert_eq!(
                pings.get(record.id).expect("it is read").as_ref(),
                Some(record)
            );
            let newer = pings
                .next_newer(Which::All, record.id, 2)
                .expect("they are read");
            let at = (PINGS - record.id) as usize;
            assert_eq!(newer, self.listed[at.saturating_sub(2)..at]);
        }
        let withdrawn = self.send(3);
        assert!(
            matches!(withdrawn, Err(Error::Refused(Refusal::Withdrawn))),
            "{withdrawn:?}"
        );
        let same = self.send(100).expect("it is known");
        assert_eq!(same, Received::Same(100, State::Published));
        let new = self.send(PINGS + 1).expect("a ping is kept");
        assert_eq!(new, Received::New(PINGS + 1, State::Published));
        assert_eq!(self.read()[1..], self.listed);
        let file = OpenOptions::new().write(true).open(self.path("a.jsonl"));
        file.and_then(|file| file.set_len(self.length))
            .expect("the file is cut");
        // What the index says of the ping that was cut off is not true any more.
        assert_eq!(self.read(), self.listed);
    }

    fn send(&self, number: u64) -> Result<Received, Error> {
        let url = format!("https://a.example/{number}");
        let excerpt = "Some words and then some more. ".repeat(8);
        let ping = Ping::new(&url, "t", &excerpt, "A weblog").expect("a ping");
        let arrival = Arrival {
            time: Timestamp::UNIX_EPOCH,
            state: State::Published,
            why: None,
            via: "trackback",
            from: None,
            rest: Default::default(),
        };
        let mut transaction = self.store.begin(&self.id)?;
        let received = transaction.receive(&ping, &arrival, replace_text)?;
        transaction.maintain()?;
        Ok(received)
    }

    fn delete_third(&self) {
        let mut transaction = self.store.begin(&self.id).expect("the file is whole");
        transaction
            .delete(3, None, Timestamp::UNIX_EPOCH)
            .expect("it is deleted");
    }

    fn purge_fourth(&self) {
        let mut transaction = self.store.begin(&self.id).expect("the file is whole");
        transaction
            .purge(&[4], Timestamp::UNIX_EPOCH)
            .expect("it is purged");
    }

    /// Has the index made anew.
    fn made_index(&self) -> Vec<u8> {
        fs::remove_file(self.path(".a.idx")).ok();
        let transaction = self.store.begin(&self.id).expect("the file is whole");
        transaction.maintain().expect("an index is made");
        fs::read(self.path(".a.idx")).expect("it is large enough to have one")
    }

    fn read(&self) -> Vec<Record> {
        let pings = self
            .store
            .pings(&self.id)
            .expect("they are read")
            .expect("they are there");
        pings
            .newest(Which::All, None, usize::MAX)
            .expect("they are read")
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}
