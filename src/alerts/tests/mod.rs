pub(super) mod house;
pub(super) mod receiver;

mod failures;
mod kinds;
mod order;
mod restart;
mod retries;
pub(crate) mod stores;
