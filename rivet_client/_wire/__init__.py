"""Bytes and values: BARE readers and writers, CBOR, JSON text, and what Python values become in them.

Imports: stdlib, cbor2, `rivet_client.errors`, `rivet_client.values`. No I/O.
"""
