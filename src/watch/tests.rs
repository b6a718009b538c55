mod receivers;
