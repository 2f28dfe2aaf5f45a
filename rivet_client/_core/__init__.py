"""The client without I/O: no sockets, clock, threads, tasks or randomness of its own."""
