"""From `schema/engine_api.yaml` to the package `rivet_client_generated.engine_api`."""
