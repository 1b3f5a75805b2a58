//! What a receiver's message only quotes, such as the title of an entry, says nothing of a limit.

/// A text without URLs and names of hosts, whose words say nothing of a limit.
pub(super) fn without_hosts(text: &str) -> String {
    let is_host = |word: &&str| {
        let word = word.trim_matches(|letter: char| !letter.is_alphanumeric());
        let mut labels = word.split('.');
        let is_name = labels.all(|label| !label.is_empty() && !label.contains(char::is_whitespace));
        word.contains("://") || word.contains('.') && is_name && word.contains(char::is_alphabetic)
    };
    let words: Vec<&str> = text.split(' ').filter(|word| !is_host(word)).collect();
    words.join(" ")
}

/// A text without what is in quotation marks, which may be the title of an entry. One that is quoted whole stays.
pub(super) fn without_quoted(text: &str) -> String {
    const MARKS: [(char, char); 5] = [('"', '"'), ('“', '”'), ('„', '“'), ('«', '»'), ('「', '」')];
    let mut left = text.to_owned();
    for (open, close) in MARKS {
        while let Some((before, rest)) = left.split_once(open)
            && let Some((_, behind)) = rest.split_once(close)
        {
            left = format!("{before}{behind}");
        }
    }
    match left.contains(char::is_alphabetic) {
        true => left,
        false => text.to_owned(),
    }
}
