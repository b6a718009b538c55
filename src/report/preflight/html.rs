//! The review as one HTML file that needs nothing else, to be kept beside the campaign and printed.

use askama::Template;
use chrono_tz::Tz;
use vigie_checks::kernel::Lang;

use super::{PreflightReport, Reason};
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
    word: &'static str,
    sentence: &'static str,
    reasons: Vec<ReasonView>,
}

/// A reason as pages show it.
pub struct ReasonView {
    pub class: &'static str,
    /// The verdict of its rule.
    pub word: &'static str,
    pub reason: Reason,
    pub records: Vec<String>,
    pub changes: Vec<ChangeView>,
}

/// A record that changed lately, in words.
pub struct ChangeView {
    pub title: String,
    /// Before and after under their names.
    pub values: Vec<(&'static str, String)>,
    pub until: String,
}

impl Page<'_> {
    fn t<'a>(&self, en: &'a str, fr: &'a str) -> &'a str {
        say(self.lang, en, fr)
    }

    fn when(&self, written: &str) -> String {
        self.report.when(written, self.lang)
    }
}

impl ReasonView {
    fn of(reason: &Reason, zone: Tz, lang: Lang) -> Self {
        let records =
            reason.findings.iter().flat_map(|finding| finding.fix.iter().filter_map(record_line));
        let changes = reason.changes.iter().map(|change| ChangeView {
            title: change.title(zone, lang),
            values: change.values(lang).map(|(name, value)| (name, value.to_owned())).to_vec(),
            until: change.until(zone, lang),
        });
        Self {
            class: reason.verdict.state().class(),
            word: reason.verdict.word(lang),
            records: records.collect(),
            changes: changes.collect(),
            reason: reason.clone(),
        }
    }
}

impl PreflightReport {
    /// The reasons as pages show them.
    pub fn views(&self, lang: Lang) -> Vec<ReasonView> {
        self.reasons.iter().map(|reason| ReasonView::of(reason, self.zone, lang)).collect()
    }

    /// The class that colours the verdict.
    pub fn class(&self) -> &'static str {
        self.verdict.state().class()
    }

    /// The whole review.
    ///
    /// # Errors
    /// The page could not be filled, which a template that compiles does not do.
    pub fn html(&self, lang: Lang) -> Result<String, askama::Error> {
        let page = Page {
            lang,
            style: STYLE,
            report: self,
            class: self.class(),
            word: self.verdict.word(lang),
            sentence: self.sentence(lang),
            reasons: self.views(lang),
        };
        page.render()
    }
}
