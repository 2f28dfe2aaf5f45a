"""The asyncio driver: what performs the core's effects on an event loop."""
