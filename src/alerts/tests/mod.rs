pub(crate) mod house;
pub(crate) mod receiver;

mod failures;
mod kinds;
mod order;
mod restart;
mod retries;
pub(crate) mod stores;
mod together;
