//! `config/schema/vigie.schema.json` and `docs/config.md`, from the table of keys.

use crate::hold;

#[test]
fn the_schema_of_the_configuration_is_current() {
    hold("config/schema/vigie.schema.json", &format!("{:#}\n", vigie::config::schema()));
}

#[test]
fn the_page_of_the_configuration_is_current() {
    hold("docs/config.md", &vigie::config::page());
}
