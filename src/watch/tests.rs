mod digests;
mod heartbeat;
mod house;
mod receivers;
mod reports;
mod seasons;
mod servers;
mod week;
