"""The generator of the client's code: `python -m rivet_codegen`. It never imports `rivet_client`."""
