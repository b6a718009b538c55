//! Third-party suites, run through what is judged with; `tests/vectors/fetch` brings them.

mod rfc7208;
