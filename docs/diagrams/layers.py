"""The layers of the client, from the user's call to the schemas."""

from __future__ import annotations

from pathlib import Path

from canvas import Box, Canvas

__all__ = ["draw"]

ROOT = Path(__file__).parents[2]
TOPS = [ROOT / "rivet_client", ROOT / "generated" / "rivet_client_generated", ROOT / "schema"]


def path(name: str) -> str:
    """Return the line that names a file or folder.

    Raises:
        FileNotFoundError: There is no such file or folder any more.
    """
    if not any((top / name).exists() for top in TOPS):
        raise FileNotFoundError(name)
    return f"code soft|{name}"


def draw() -> str:
    """Return the text of the SVG file."""
    canvas = Canvas(
        "The layers of the client",
        "Your call goes to a generated facade, blocking or asyncio, both from one template; then to the "
        "driver of the same flavour, which has sockets, threads, tasks and clocks. Below the seam nothing "
        "does I/O: flows decide about HTTP, sessions about connections; the wire layer has messages and "
        "encodings. All of it rests on the schemas.",
    )
    left, right, half, wide = 16, 224, 200, 408
    canvas.box(
        Box(left, 16, wide, 34), 'code bold|client.counter.get_or_create("a").increment(1)', tint="blue"
    )
    for x, name in ((left, "blocking"), (right, "asyncio")):
        middle = x + half / 2
        canvas.arrow((middle, 50), (middle, 72))
        canvas.box(Box(x, 72, half, 54), "bold|generated facade", path(f"facade/{name}.py"), tint="amber")
        canvas.arrow((middle, 126), (middle, 164))
        canvas.box(Box(x, 164, half, 54), "bold|driver", path(f"_{name}/"), tint="plain")
        canvas.arrow((middle, 258), (middle, 308))
    canvas.text(220, 149, "small soft|one template, two outputs", anchor="middle")
    canvas.box(Box(left, 224, wide, 34), path("_common/"), tint="plain")
    canvas.line((16, 282), (424, 282), dashed=True)
    canvas.text(220, 287, "small bold|the seam: no I/O and no clock below", anchor="middle")
    canvas.box(Box(left, 308, half, 74), "bold|flows", path("_core/flows/"), "small soft|HTTP", tint="green")
    canvas.box(
        Box(right, 308, half, 74),
        "bold|sessions",
        path("_core/session/"),
        "small soft|connections",
        tint="green",
    )
    canvas.arrow((220, 382), (220, 404))
    canvas.box(
        Box(left, 404, wide, 54),
        "bold|wire: generated messages and codecs",
        "small soft|BARE, CBOR, JSON with tags",
        tint="amber",
    )
    canvas.arrow((220, 480), (220, 458))
    canvas.box(
        Box(left, 480, wide, 74),
        "bold|schemas",
        "small soft|client_protocol/v1…v4.bare, engine_api.yaml,",
        "small soft|errors.yaml: what is generated comes from here",
    )
    return canvas.svg(570)
