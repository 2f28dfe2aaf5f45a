# Generated, do not edit. Source: codegen/rivet_codegen/templates/facade; command: python -m rivet_codegen

"""The client classes, blocking and asyncio."""
