//! What is told of one SPF record: its tree with what each part costs, and the result for one sender.

mod outcome;
mod text;
mod tree;

pub use tree::{SenderReport, SpfReport};
