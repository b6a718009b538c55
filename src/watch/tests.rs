mod heartbeat;
mod receivers;
mod week;
