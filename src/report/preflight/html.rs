//! The review as one HTML file that needs nothing else, to be kept beside the campaign and printed.

use askama::Template;
use vigie_checks::kernel::Lang;

use super::PreflightReport;
use crate::report::words::{record_line, say};

/// The style sheet of the pages, put into the file.
const STYLE: &str = include_str!("../../../dashboards/vigie.css");

#[derive(Template)]
#[template(path = "preflight.html")]
struct Page<'a> {
    lang: Lang,
    style: &'static str,
    report: &'a PreflightReport,
    class: &'static str,
    sentence: &'static str,
    reasons: Vec<ReasonView<'a>>,
}

struct ReasonView<'a> {
    class: &'static str,
    reason: &'a super::Reason,
    records: Vec<String>,
}

impl Page<'_> {
    fn t<'a>(&self, en: &'a str, fr: &'a str) -> &'a str {
        say(self.lang, en, fr)
    }

    fn when(&self, written: &str) -> String {
        super::when(written, self.lang)
    }
}

impl PreflightReport {
    /// The whole review.
    ///
    /// # Errors
    /// The page could not be filled, which a template that compiles does not do.
    pub fn html(&self, lang: Lang) -> Result<String, askama::Error> {
        let reasons = self.reasons.iter().map(|reason| ReasonView {
            class: reason.verdict.state().class(),
            records: reason
                .findings
                .iter()
                .flat_map(|finding| finding.fix.iter().filter_map(record_line))
                .collect(),
            reason,
        });
        let page = Page {
            lang,
            style: STYLE,
            report: self,
            class: self.verdict.state().class(),
            sentence: self.sentence(lang),
            reasons: reasons.collect(),
        };
        page.render()
    }
}
