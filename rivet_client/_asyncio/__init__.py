"""The asyncio driver: it performs the core's effects on an event loop."""
