"""The blocking driver: what performs the core's effects with threads and sockets."""
