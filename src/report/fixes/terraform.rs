//! Resources of Terraform's `hashicorp/dns` provider, one for each RRset.

use serde_json::json;
use vigie_checks::kernel::{Lang, Rtype};

use super::bind::{absolute, strings};
use super::octodns::relative;
use super::{FixReport, SetReport};

pub(super) fn render(report: &FixReport, lang: Lang) -> String {
    let zone = report.domain.registrable();
    let mut text = String::new();
    for set in &report.records {
        text.push_str(&set.reasons("#"));
        let inside = relative(&set.name, &zone);
        match (inside, kind(set.rtype)) {
            _ if set.values.is_empty() => {
                text.push_str(&format!("# remove: {} {}\n\n", set.name, set.rtype));
            }
            (Some(name), Some(kind)) => text.push_str(&resource(set, kind, zone.as_str(), &name)),
            _ => {
                text.push_str(&format!("# not with this provider: {} {}\n\n", set.name, set.rtype))
            }
        }
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

fn resource(set: &SetReport, kind: &str, zone: &str, name: &str) -> String {
    let label: String = format!("{}_{}", set.name, set.rtype)
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' })
        .collect();
    // A resource's name begins with a letter.
    let mut text = format!("resource \"{kind}\" \"r_{label}\" {{\n");
    text.push_str(&format!("  zone = {}\n", json!(absolute(zone))));
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
    text + "}\n\n"
}

/// A string of HCL: `${` and `%{` would be read as templates.
fn literal(text: &str) -> String {
    json!(text.replace("\\\"", "\"")).to_string().replace("${", "$${").replace("%{", "%%{")
}
