# Generated, do not edit. Source: schema/engine_api.yaml; command: python -m rivet_codegen

"""The engine's control API."""
