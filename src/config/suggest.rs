//! Which of the known words was probably meant?

use vigie_checks::kernel::Bilingual;

/// "did you mean `resolver`?", if one of the `known` words is near: two slips of the finger at most,
/// or the start of a word.
pub fn did_you_mean<'a>(
    written: &str,
    known: impl IntoIterator<Item = &'a str>,
) -> Option<Bilingual> {
    let word = nearest(written, known)?;
    Some(Bilingual::new(format!("did you mean `{word}`?"), format!("vouliez-vous dire `{word}` ?")))
}

/// The word that was probably meant, else all of them.
pub(super) fn meant_or_any(written: &str, known: &[&str]) -> Bilingual {
    did_you_mean(written, known.iter().copied()).unwrap_or_else(|| {
        let all = known.join(", ");
        Bilingual::new(format!("write one of {all}"), format!("écrire l’un de ces mots : {all}"))
    })
}

/// The known word nearest to what was written.
pub fn nearest<'a>(written: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    if written.len() > 64 {
        return None;
    }
    let written = written.to_lowercase().replace('-', "_");
    let distance = |word: &str| {
        let word = word.to_lowercase().replace('-', "_");
        let slips = strsim::damerau_levenshtein(&written, &word);
        let begins =
            written.len() >= 3 && (word.starts_with(&written) || written.starts_with(&word));
        // In a word of three letters two slips leave nothing that was meant.
        let allowed = if word.len() <= 4 { 1 } else { 2 };
        match (slips <= allowed, begins && word.len() >= 3) {
            (true, _) => Some(slips),
            (false, true) => Some(3),
            (false, false) => None,
        }
    };
    known
        .into_iter()
        .filter_map(|word| distance(word).map(|distance| (distance, word)))
        .min()
        .map(|(_, word)| word)
}
