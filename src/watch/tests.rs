mod digests;
mod receivers;
mod week;
