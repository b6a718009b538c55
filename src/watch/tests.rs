mod digests;
mod heartbeat;
mod house;
mod receivers;
mod seasons;
mod servers;
mod week;
