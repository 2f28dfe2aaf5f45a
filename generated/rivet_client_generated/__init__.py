# Generated, do not edit. Source: codegen/rivet_codegen; command: python -m rivet_codegen

"""What rivet_client is generated from its schemas. Import from rivet_client instead."""
