mod digests;
mod heartbeat;
mod receivers;
mod week;
