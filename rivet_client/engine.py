"""What `client.engine` takes and answers: pydantic models, generated from `schema/engine_api.yaml`."""

from rivet_client_generated.engine_api.models import *  # noqa: F403  all of them, and nothing else
