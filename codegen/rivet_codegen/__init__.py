"""Generator of the client's bindings; `python -m rivet_codegen`. Never imports `rivet_client`."""
