//! Resources of Terraform's `hashicorp/dns` provider, one for each RRset. A set that is there already is
//! imported first, since the provider would only add to it.

use serde_json::json;
use vigie_checks::kernel::{Lang, Rtype};

use super::bind::{absolute, strings};
use super::octodns::relative;
use super::{FixReport, SetReport};
use crate::report::words::say;

pub(super) fn render(report: &FixReport, lang: Lang) -> String {
    let mut text = String::new();
    let (own, _) = report.parted();
    for set in own {
        text.push_str(&set.remarks(report, "#", lang));
        match kind(set.rtype) {
            _ if set.values.is_empty() => {}
            Some(kind) => text.push_str(&resource(set, kind)),
            None => {
                let why = say(lang, "not with this provider:", "pas avec ce fournisseur :");
                text.push_str(&format!("# {why}\n{}", set.as_comment("#")));
            }
        }
        text.push('\n');
    }
    let elsewhere = report.of_others("#", lang);
    if !elsewhere.is_empty() {
        text.push_str(&format!("{elsewhere}\n"));
    }
    text + &report.remarks("#", lang)
}

fn kind(rtype: Rtype) -> Option<&'static str> {
    match rtype {
        Rtype::A => Some("dns_a_record_set"),
        Rtype::AAAA => Some("dns_aaaa_record_set"),
        Rtype::MX => Some("dns_mx_record_set"),
        Rtype::TXT => Some("dns_txt_record_set"),
        _ => None,
    }
}

fn resource(set: &SetReport, kind: &str) -> String {
    // A resource's name begins with a letter.
    let label: String = format!("r_{}_{}", set.name, set.rtype)
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' })
        .collect();
    let mut text = String::new();
    if !set.was.is_empty() {
        let id = json!(absolute(set.name.as_str()));
        text.push_str(&format!("import {{\n  to = {kind}.{label}\n  id = {id}\n}}\n"));
    }
    text.push_str(&format!("resource \"{kind}\" \"{label}\" {{\n"));
    text.push_str(&format!("  zone = {}\n", json!(absolute(set.zone.as_str()))));
    let name = relative(&set.name, &set.zone);
    if !name.is_empty() {
        text.push_str(&format!("  name = {}\n", json!(name)));
    }
    text.push_str(&format!("  ttl  = {}\n", set.ttl));
    match set.rtype {
        Rtype::MX => set.values.iter().for_each(|value| {
            let (preference, exchange) = value.split_once(' ').unwrap_or(("0", value));
            text.push_str(&format!(
                "  mx {{\n    preference = {preference}\n    exchange   = {}\n  }}\n",
                json!(exchange)
            ));
        }),
        Rtype::TXT => {
            let joined = |value: &String| literal(&strings(value).concat());
            let all: Vec<String> = set.values.iter().map(joined).collect();
            text.push_str(&format!("  txt  = [{}]\n", all.join(", ")));
        }
        _ => text.push_str(&format!("  addresses = {}\n", json!(set.values))),
    }
    text + "}\n"
}

/// A string of HCL: `${` and `%{` would be read as templates. The provider puts it between the quotes of
/// a zone file as it is, so its escapes stay.
fn literal(text: &str) -> String {
    json!(text).to_string().replace("${", "$${").replace("%{", "%%{")
}
