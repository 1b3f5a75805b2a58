//! Large imports: in bounded memory, and in seconds.

use std::io::Write;
use std::process::Stdio;
use std::time::Instant;

use crate::support::import::{import, pings, put};
use crate::support::process::peak_memory;
use crate::support::site::Site;
use crate::support::storable::{Kept, Layout, kept};

/// Writes an export of about `bytes` into `out`, with 50 pings in each post; gives how many.
fn write_export(out: &mut impl Write, bytes: u64) -> std::io::Result<usize> {
    let mut written = 0;
    let (mut post, mut count) = (0, 0);
    out.write_all(b"<?xml version=\"1.0\"?><rss><channel>")?;
    let body = "lorem ipsum <b>dolor</b> &amp; ".repeat(15_000);
    while written < bytes {
        post += 1;
        let mut text = format!(
            "<item><wp:post_id>{post}</wp:post_id><wp:post_name>post-{post}</wp:post_name>\
             <content:encoded><![CDATA[{body}]]></content:encoded>"
        );
        // Few of the posts have pings: what takes time is to be the reading.
        for ping in 0..if post % 20 == 1 { 50 } else { 0 } {
            count += 1;
            text.push_str(&format!(
                "<wp:comment><wp:comment_author_url>http://weblog.example/{ping}</wp:comment_author_url>\
                 <wp:comment_date_gmt>2005-03-06 05:06:{:02}</wp:comment_date_gmt>\
                 <wp:comment_content>&lt;strong&gt;T{ping}&lt;/strong&gt; x</wp:comment_content>\
                 <wp:comment_approved>1</wp:comment_approved><wp:comment_type>trackback</wp:comment_type></wp:comment>",
                ping % 60
            ));
        }
        text.push_str("</item>");
        out.write_all(text.as_bytes())?;
        written += text.len() as u64;
    }
    out.write_all(b"</channel></rss>")?;
    Ok(count)
}

#[test]
fn s7_a_hundred_megabytes_of_wordpress_take_less_than_64() {
    let site = Site::new();
    let bytes = match std::env::var("TB_LONG").as_deref() {
        Ok("1") => 1_000_000_000,
        _ => 100_000_000,
    };
    let mut child = site
        .command()
        .args(["import", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let count = write_export(&mut stdin, bytes).unwrap();
    // All but the end has been read by now, and the end changes nothing.
    let most = peak_memory(child.id()).expect("its memory");
    drop(stdin);
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{said}");
    assert!(said.contains(&format!("{count} imported")), "{said}");
    assert!(most < 64 << 10, "{most} KiB");
    assert_eq!(pings(&site, "post_1").len(), 50);
}

#[test]
fn s7_one_text_that_never_ends_is_refused_before_it_fills_the_memory() {
    let site = Site::new();
    let mut child = site
        .command()
        .args(["import", "-"])
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(b"<rss><channel><item><title>").unwrap();
    let piece = vec![b'x'; 1 << 20];
    // It hangs up.
    let endless = (0..200).find(|_| stdin.write_all(&piece).is_err());
    assert!(endless.is_some_and(|written| written < 40), "{endless:?}");
    drop(stdin);
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said.contains("16 MiB"), "{said}");
}

#[test]
fn more_pings_than_one_lot_come_in_order_and_are_synced_by_hundreds() {
    let site = Site::new();
    let list: Vec<Kept> = (0..10_050).map(kept).collect();
    let file = put(&site, "entry.stor", &Layout::Little64.write(&list));
    let started = Instant::now();
    import(&site, &[file.to_str().unwrap()]);
    println!("10,050 pings: {:?}", started.elapsed());
    let pings = pings(&site, "entry");
    assert_eq!(pings.len(), 10_050);
    assert_eq!(pings[10_049]["title"], "Title 10049");
    let index = site.data_dir().join(".entry.idx");
    assert!(index.exists(), "a large file has its index");
}
