"""`python -m rivet_client` is the command `rivet-client`."""

from rivet_client.cli import main

main()
