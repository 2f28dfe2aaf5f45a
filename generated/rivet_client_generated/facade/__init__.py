# Generated, do not edit. Source: codegen; command: python -m rivet_codegen

"""The client classes, blocking and asyncio."""
