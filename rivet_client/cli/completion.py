"""`rivet-client completion`: the script with which a shell completes the command."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from rivet_client.cli.subcommand import Subcommand

__all__ = ["command"]

SHELLS = ("bash", "zsh", "fish")


@click.command(
    "completion",
    cls=Subcommand,
    examples=(
        'eval "$(rivet-client completion bash)"      # in ~/.bashrc',
        'eval "$(rivet-client completion zsh)"       # in ~/.zshrc',
        "rivet-client completion fish > ~/.config/fish/completions/rivet-client.fish",
    ),
)
@click.argument("shell", type=click.Choice(SHELLS))
@click.pass_context
def command(ctx: click.Context, shell: str) -> None:
    """Print the script with which a shell completes commands and options."""
    completion = get_completion_class(shell)
    assert completion is not None
    click.echo(completion(ctx.find_root().command, {}, "rivet-client", "_RIVET_CLIENT_COMPLETE").source())
