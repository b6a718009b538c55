mod receivers;
mod week;
