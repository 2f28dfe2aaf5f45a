"""From `templates/facade/` to the package `rivet_client_generated.facade`."""
