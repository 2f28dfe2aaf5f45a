"""From `schema/errors.yaml` to the module `rivet_client_generated.errors`."""
