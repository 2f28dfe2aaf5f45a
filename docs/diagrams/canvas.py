"""Boxes, arrows and texts, as an SVG file that is legible in a light and in a dark page, and on a phone."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import NamedTuple

__all__ = ["WIDTH", "Box", "Canvas"]

WIDTH = 440
"""Width of each picture, in pixels. A phone shows it at three quarters of that."""

SANS = "system-ui,-apple-system,'Segoe UI',Roboto,'Helvetica Neue',Arial,sans-serif"
MONO = "ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace"
LINE = 19
"""Distance of two lines of text, in pixels."""

# Tint: fill and stroke in a light page, fill and stroke in a dark one.
TINTS = {
    "plain": ("#f6f8fa", "#818b98", "#21262d", "#7d8590"),
    "blue": ("#ddf4ff", "#0969da", "#0c2d4d", "#4493f8"),
    "green": ("#dafbe1", "#1a7f37", "#12351f", "#3fb950"),
    "amber": ("#fff3c4", "#9a6700", "#3a2d0a", "#d29922"),
    "red": ("#ffebe9", "#cf222e", "#43181a", "#f85149"),
}
CARD, INK, SOFT = ("#ffffff", "#14181d"), ("#1f2328", "#e6edf3"), ("#59636e", "#a5afba")


def _style() -> str:
    """The style sheet, which follows the page's colour scheme."""

    def colours(dark: bool) -> str:
        rules = [
            f".card{{fill:{CARD[dark]};stroke:{TINTS['plain'][3 if dark else 1]}}}",
            f"text{{fill:{INK[dark]};stroke:{CARD[dark]}}}",
            f".soft{{fill:{SOFT[dark]}}}",
            f".line{{stroke:{SOFT[dark]}}}",
            f".head{{fill:{SOFT[dark]}}}",
        ]
        for tint, shades in TINTS.items():
            fill, stroke = shades[2:] if dark else shades[:2]
            rules.append(f".{tint}{{fill:{fill};stroke:{stroke}}}")
        return "".join(rules)

    return (
        f"text{{font:15px {SANS};stroke-width:4px;paint-order:stroke;stroke-linejoin:round}}"
        f".small{{font-size:13px}}.bold{{font-weight:600}}.code{{font-family:{MONO};font-size:13px}}"
        ".in{stroke:none}.line{fill:none;stroke-width:1.5px}.dashed{stroke-dasharray:5 4}.frame{fill:none}"
        f"{colours(dark=False)}@media (prefers-color-scheme:dark){{{colours(dark=True)}}}"
    )


class Box(NamedTuple):
    """A rectangle: its left upper corner and its size, in pixels."""

    x: float
    y: float
    width: float
    height: float

    @property
    def right(self) -> float:
        """The x of its right side."""
        return self.x + self.width

    @property
    def bottom(self) -> float:
        """The y of its lower side."""
        return self.y + self.height

    @property
    def middle(self) -> tuple[float, float]:
        """Its centre."""
        return self.x + self.width / 2, self.y + self.height / 2


class Canvas:
    """One picture.

    A text may begin with styles, as in `small soft|in the log`: `small`, `bold`, `code`, `soft`.

    Args:
        title: What the picture shows.
        description: The same in a few sentences, for those who do not see it.
    """

    def __init__(self, title: str, description: str) -> None:
        self._title = title
        self._description = description
        self._elements: list[str] = []

    def box(self, box: Box, *lines: str, tint: str = "plain", top: bool = False) -> Box:
        """Draw a box with lines of text: in its middle, or from its top."""
        self._rectangle(box, tint)
        x = box.middle[0]
        first = box.y + 21 if top else box.middle[1] - (len(lines) - 1) * LINE / 2 + 5
        self._lines(x, first, lines, "middle", inside=True)
        return box

    def frame(self, box: Box, *lines: str, tint: str | None = None) -> Box:
        """Draw a box around others, with its text at its left upper corner."""
        self._rectangle(box, tint or "line dashed")
        self._lines(box.x + 12, box.y + 21, lines, "start", inside=tint is not None)
        return box

    def arrow(self, *points: tuple[float, float], dashed: bool = False) -> None:
        """Draw a line through points, with a head at its end."""
        self.line(*points, dashed=dashed)
        (x0, y0), (x, y) = points[-2:]
        length = ((x - x0) ** 2 + (y - y0) ** 2) ** 0.5
        dx, dy = (x - x0) / length, (y - y0) / length
        corners = [
            (x, y),
            (x - 9 * dx - 4 * dy, y - 9 * dy + 4 * dx),
            (x - 9 * dx + 4 * dy, y - 9 * dy - 4 * dx),
        ]
        self._elements.append(
            f'<path class="head" d="M{"L".join(f"{a:.4g} {b:.4g}" for a, b in corners)}Z"/>'
        )

    def line(self, *points: tuple[float, float], dashed: bool = False) -> None:
        """Draw a line through points."""
        path = "M" + "L".join(f"{x:g} {y:g}" for x, y in points)
        self._elements.append(f'<path class="line{" dashed" if dashed else ""}" d="{path}"/>')

    def text(self, x: float, y: float, *lines: str, anchor: str = "start", inside: bool = False) -> None:
        """Write lines of text, the first with its base line at `y`: inside of a box, or over lines and the card."""
        self._lines(x, y, lines, anchor, inside=inside)

    def upright(self, x: float, y: float, text: str) -> None:
        """Write a text that is read from below, its middle at `x` and `y`."""
        self._elements.append(
            f'<text class="small soft in" text-anchor="middle" transform="translate({x:g} {y:g}) rotate(-90)">'
            f"{escape(text, quote=False)}</text>"
        )

    def svg(self, height: float) -> str:
        """Return the text of the file."""
        head = (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height:g}" width="{WIDTH}" '
            f'height="{height:g}" role="img" aria-labelledby="t d">'
        )
        lines = [
            head,
            f'<title id="t">{escape(self._title, quote=False)}</title>',
            f'<desc id="d">{escape(self._description, quote=False)}</desc>',
            f"<style>{_style()}</style>",
            f'<rect class="card" x=".5" y=".5" width="{WIDTH - 1}" height="{height - 1:g}" rx="10"/>',
            *self._elements,
            "</svg>",
        ]
        return "\n".join(lines) + "\n"

    def _rectangle(self, box: Box, classes: str) -> None:
        x, y, width, height = box
        self._elements.append(
            f'<rect class="{classes}" x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" rx="7"/>'
        )

    def _lines(self, x: float, y: float, lines: Sequence[str], anchor: str, *, inside: bool) -> None:
        for number, line in enumerate(lines):
            styles, _, text = line.rpartition("|")
            classes = f"{styles} in" if inside else styles
            self._elements.append(
                f'<text class="{classes.strip()}" x="{x:g}" y="{y + number * LINE:g}" text-anchor="{anchor}">'
                f"{escape(text, quote=False)}</text>"
            )
