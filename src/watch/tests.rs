mod digests;
mod heartbeat;
mod receivers;
mod reports;
mod week;
