//! `docs/api.md`, from the description of the API.

use crate::hold;

#[test]
fn the_page_of_the_api_is_current() {
    hold("docs/api.md", &vigie::web::api_page());
}
