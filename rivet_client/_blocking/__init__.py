"""The blocking driver: it performs the core's effects with threads and sockets."""
