"""What the drivers of both flavours share: HTTP without its I/O, and bookkeeping. Decisions are in `_core`."""
