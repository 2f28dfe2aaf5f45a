"""What the drivers of both flavours share: httpx's forms, and bookkeeping of their own. Decisions are in `_core`."""
