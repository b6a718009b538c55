//! The canonical forms of a message that DKIM signs (RFC 6376 §3.4).

/// How much of the form of a message may change on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Canonicalization {
    /// Nothing but empty lines at the end of the body.
    Simple,
    /// Folding, the amount of white space, and the case of field names.
    Relaxed,
}

impl Canonicalization {
    /// Reads its name; nothing where there is no such form.
    pub fn read(name: &str) -> Option<Self> {
        match name.to_ascii_lowercase().as_str() {
            "simple" => Some(Self::Simple),
            "relaxed" => Some(Self::Relaxed),
            _ => None,
        }
    }
}

/// A header field as it came, folds kept, without its last line break.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Field<'a> {
    pub raw: &'a str,
    name: &'a str,
    value: &'a str,
}

impl<'a> Field<'a> {
    /// Parts a field at its first colon; nothing where there is none.
    pub fn of(raw: &'a str) -> Option<Self> {
        let (name, value) = raw.split_once(':')?;
        Some(Self { raw, name, value })
    }

    /// In lower case.
    pub fn name(&self) -> String {
        self.name.trim_end().to_ascii_lowercase()
    }

    pub fn is_named(&self, name: &str) -> bool {
        self.name.trim_end().eq_ignore_ascii_case(name)
    }

    pub fn value(&self) -> &'a str {
        self.value
    }

    /// RFC 6376 §3.4.1, §3.4.2.
    pub fn canonical(&self, form: Canonicalization) -> String {
        match form {
            Canonicalization::Simple => self.raw.to_owned(),
            Canonicalization::Relaxed => {
                let unfolded = self.value.replace("\r\n", "");
                format!("{}:{}", self.name(), single_blanks(&unfolded).trim_matches(' '))
            }
        }
    }
}

/// The fields of a header section, in order; lines that belong to none are left out.
pub fn header_fields(header: &str) -> Vec<Field<'_>> {
    let mut fields = Vec::new();
    let mut start = 0;
    for (at, _) in header.match_indices("\r\n") {
        let next = header[at + 2..].bytes().next();
        if !matches!(next, Some(b' ' | b'\t')) {
            fields.extend(Field::of(&header[start..at]));
            start = at + 2;
        }
    }
    fields.extend(header.get(start..).and_then(Field::of));
    fields
}

/// RFC 6376 §3.4.3, §3.4.4.
pub fn canonical_body(body: &str, form: Canonicalization) -> String {
    let lines = body.split("\r\n").map(|line| match form {
        Canonicalization::Simple => line.to_owned(),
        Canonicalization::Relaxed => single_blanks(line).trim_end_matches(' ').to_owned(),
    });
    let joined = lines.collect::<Vec<String>>().join("\r\n");
    let mut kept = joined.as_str();
    while let Some(shorter) = kept.strip_suffix("\r\n") {
        kept = shorter;
    }
    // An empty body is one line break in the simple form, and nothing in the relaxed one.
    match (kept, form) {
        ("", Canonicalization::Relaxed) => String::new(),
        _ => format!("{kept}\r\n"),
    }
}

/// Each run of blanks as one space.
fn single_blanks(text: &str) -> String {
    let mut single = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            ' ' | '\t' if single.ends_with(' ') => {}
            ' ' | '\t' => single.push(' '),
            other => single.push(other),
        }
    }
    single
}

/// A DKIM-Signature field whose `b` is empty, and else as it came (RFC 6376 §3.5).
pub fn without_signature(raw: &str) -> String {
    let (before, value) = raw.split_once(':').unwrap_or((raw, ""));
    let parts = value.split(';').map(|part| match part.split_once('=') {
        Some((name, _)) if name.trim() == "b" => format!("{name}="),
        _ => part.to_owned(),
    });
    format!("{before}:{}", parts.collect::<Vec<String>>().join(";"))
}
