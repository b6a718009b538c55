use std::time::Duration;

use super::*;

const RUNS: Family = Family { name: "vigie_runs_total", kind: Kind::Counter, help: "Runs." };
const TOOK: Family = Family { name: "vigie_run_seconds", kind: Kind::Histogram, help: "Length." };

fn page(format: Format) -> String {
    let took = Histogram::new(&[0.5, 2.0]);
    for milliseconds in [500, 501, 3000] {
        took.observe(Duration::from_millis(milliseconds));
    }
    let mut text = Text::new(format);
    text.family(&RUNS);
    text.count(&RUNS, &[("probe", "a\\b\"c\nd"), ("channel", "")], 3);
    text.family(&TOOK);
    text.histogram(&TOOK, &took);
    text.end();
    text.take()
}

const HISTOGRAM: &str = "# HELP vigie_run_seconds Length.\n# TYPE vigie_run_seconds histogram\n\
    vigie_run_seconds_bucket{le=\"0.5\"} 1\nvigie_run_seconds_bucket{le=\"2.0\"} 2\n\
    vigie_run_seconds_bucket{le=\"+Inf\"} 3\nvigie_run_seconds_sum 4.001\n\
    vigie_run_seconds_count 3\n";

#[test]
fn a_page_is_as_prometheus_reads_it() {
    let counter = "# HELP vigie_runs_total Runs.\n# TYPE vigie_runs_total counter\n\
        vigie_runs_total{probe=\"a\\\\b\\\"c\\nd\"} 3\n";
    assert_eq!(page(Format::Prometheus), format!("{counter}{HISTOGRAM}"));
}

#[test]
fn a_page_is_as_openmetrics_has_it() {
    let counter = "# HELP vigie_runs Runs.\n# TYPE vigie_runs counter\n\
        vigie_runs_total{probe=\"a\\\\b\\\"c\\nd\"} 3\n";
    assert_eq!(page(Format::OpenMetrics), format!("{counter}{HISTOGRAM}# EOF\n"));
}

#[test]
fn the_format_is_the_one_that_is_asked_for() {
    let prometheus =
        "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5,*/*;q=0.1";
    let cases = [
        (prometheus, Format::OpenMetrics),
        ("text/plain;version=0.0.4", Format::Prometheus),
        ("text/html,*/*", Format::Prometheus),
        ("", Format::Prometheus),
    ];
    for (accept, format) in cases {
        assert_eq!(Format::accepted(accept), format, "{accept}");
    }
}
