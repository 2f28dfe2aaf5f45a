# Generated, do not edit. Source: schema/client_protocol/*.bare; command: python -m rivet_codegen

"""The client protocol: messages, and how they go over the wire."""
