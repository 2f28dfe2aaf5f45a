"""From `schema/client_protocol/*.bare` to the package `rivet_client_generated.protocol`."""
