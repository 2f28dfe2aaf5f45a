"""What both flavours need of a third-party library; everything else they share is in `_core`."""
