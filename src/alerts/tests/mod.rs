pub(super) mod house;
pub(super) mod receiver;

mod failures;
mod order;
mod restart;
mod retries;
pub(crate) mod stores;
