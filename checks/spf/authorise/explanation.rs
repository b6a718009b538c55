//! What does the domain say of a fail? (RFC 7208 §6.2)

use super::evaluation::Evaluation;
use crate::kernel::{Lookup, Name, texts};
use crate::records::spf_macro::MacroString;

/// An explanation longer than an SMTP reply can carry on one line is cut (RFC 5321 §4.5.3.1.5).
const LONGEST: usize = 500;

impl Evaluation<'_> {
    /// The only TXT record of the target, expanded; nothing where there is any other number of
    /// them, an error, or a fault in the text. Neither limit counts this look-up.
    pub(super) async fn explanation(
        &mut self,
        target: &MacroString,
        holder: &Name,
    ) -> Option<String> {
        let at = self.expand(Some(target), holder).await;
        let Lookup::Found(found) = texts(self.net, &at).await else { return None };
        let [only] = found.as_slice() else { return None };
        let text = String::from_utf8(only.joined()).ok().filter(|text| text.is_ascii())?;
        let parsed = MacroString::parse_explanation(&text).ok()?;
        let expanded = self.expand_text(&parsed, holder).await?;
        let is_printable = expanded.bytes().all(|octet| (0x20..=0x7e).contains(&octet));
        is_printable.then(|| expanded.chars().take(LONGEST).collect())
    }
}
