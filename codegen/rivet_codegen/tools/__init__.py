"""The libraries that rendering needs, in exactly the versions on which the bytes of generated files depend."""
