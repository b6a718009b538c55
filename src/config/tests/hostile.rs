//! Whatever the file holds, reading it ends, and what is wrong has a line.

use proptest::prelude::*;
use vigie_checks::kernel::Lang;

use super::{around_the_example, parse_in};

const EXAMPLE: &str = include_str!("../../../config/vigie.example.toml");

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn a_damaged_file_is_told_by_line(
        edits in prop::collection::vec((0..EXAMPLE.len(), 0..40usize, ".{0,12}"), 1..6),
    ) {
        let mut text = EXAMPLE.to_owned();
        for (at, length, put) in edits {
            let start = text.floor_char_boundary(at.min(text.len()));
            let end = text.floor_char_boundary((start + length).min(text.len()));
            text.replace_range(start..end, &put);
        }
        let lines = text.split('\n').count();
        if let Err(errors) = parse_in(&around_the_example(), &text) {
            prop_assert!(!errors.errors.is_empty());
            for mistake in &errors.errors {
                prop_assert!(!mistake.file.ends_with("vigie.toml") || (1..=lines).contains(&mistake.line));
            }
            prop_assert!(!errors.render(Lang::En, true).contains("hunter2"));
        }
    }
}
