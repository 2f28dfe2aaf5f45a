"""What was measured, as Markdown tables: costs, ratios to the reference client, goals, growth."""

from __future__ import annotations

from itertools import pairwise
from statistics import median

from jobs import CLIENTS, CONTESTANTS, GOALS, JOBS, REFERENCE, SERIES

Samples = dict[str, dict[str, list[dict[str, float]]]]  # job -> contestant -> the figures of each process

TIMES = ("wall", "cpu")
PER = {"µs": 1.0, "ms": 1e3}


class Costs:
    """One number for each figure: the best time of all processes, the median of everything else."""

    def __init__(self, samples: Samples) -> None:
        self._samples = samples

    def get(self, job: str, name: str, figure: str) -> float | None:
        found = [figures[figure] for figures in self._samples.get(job, {}).get(name, []) if figure in figures]
        if not found:
            return None
        return min(found) if figure in TIMES else median(found)

    def ratio(self, job: str, name: str, figure: str) -> float | None:
        """The reference's cost, or that of the job beside this one, divided by that of `name`: above 1 is better."""
        beside = JOBS[job].beside
        other = self.get(beside, name, figure) if beside else self.get(job, REFERENCE, figure)
        own = self.get(job, name, figure)
        return other / own if other and own and min(other, own) > 0 else None

    def growth(self, jobs: tuple[str, ...], name: str, figure: str) -> list[str]:
        """How the cost of one byte, or of one connection, changes from job to job of a series."""
        found = [(amount(job), cost) for job in jobs if (cost := self.get(job, name, figure))]
        steps = []
        for (less, before), (more, after) in pairwise(found):
            step = after / before if JOBS[jobs[0]].kind == "hold" else after / before / (more / less)
            # Quadratic growth would make this more / less.
            steps.append(short(step) + (" (not linear)" if step > (more / less) ** 0.5 else ""))
        return steps


def amount(job: str) -> int:
    return JOBS[job].size or JOBS[job].connections


def table(head: list[str], rows: list[list[str]]) -> str:
    """A Markdown table; nothing if there are no rows."""
    if not rows:
        return ""
    marks = ["---", *["---:"] * (len(head) - 1)]
    return "\n".join(f"| {' | '.join(row)} |" for row in [head, marks, *rows])


def short(value: float | None) -> str:
    """Three significant digits, never in exponent form."""
    if value is None:
        return "-"
    digits = 0 if value == int(value) or abs(value) >= 100 else 1 if abs(value) >= 10 else 2
    return f"{value:,.{digits}f}"


def title(name: str) -> str:
    return CONTESTANTS[name].title


def judged(costs: Costs) -> list[tuple[str, str, float, float, float | None]]:
    """For each goal: job, contestant, wanted ratio, ratio, ratio of CPU."""
    found = []
    for job, goals in GOALS.items():
        for name, wanted in goals.items():
            memory = JOBS[job].kind == "hold"
            ratio = costs.ratio(job, name, "memory" if memory else "wall")
            if ratio is not None:
                cpu = None if memory else costs.ratio(job, name, "cpu")
                found.append((job, name, wanted, ratio, cpu))
    return found


def goals_table(costs: Costs) -> str:
    rows = []
    for job, name, wanted, ratio, cpu in judged(costs):
        what = "memory of one more connection" if JOBS[job].kind == "hold" else JOBS[job].title
        if JOBS[job].beside:
            how = "typed against dynamic" if JOBS[job].typed else "`FakeEngine` against the stub"
            what = f"{JOBS[JOBS[job].beside].title}: {how}"
        result = "met" if ratio >= wanted else f"missed by {1 - ratio / wanted:.0%}"
        rows.append([what, title(name), short(wanted), short(ratio), short(cpu), result])
    return table(["job", "client", "goal", "ratio", "ratio of CPU", ""], rows)


def costs_table(costs: Costs, jobs: list[str]) -> str:
    names = [name for name in CONTESTANTS if any(name in JOBS[job].contestants for job in jobs)]
    rows = []
    for job in jobs:
        row, unit = [JOBS[job].title, JOBS[job].unit], PER[JOBS[job].unit]
        for name in names:
            wall, cpu = (costs.get(job, name, figure) for figure in TIMES)
            row.append(f"{short(wall / unit)} / {short(cpu / unit)}" if wall and cpu else "-")
        if JOBS[job].peer == "stub":
            row.append(f"{max(costs.get(job, name, 'peer') or 0 for name in CLIENTS):.0%}")
        rows.append(row)
    last = ["peer's share"] if any(JOBS[job].peer == "stub" for job in jobs) else []
    return table(["job", "unit", *map(title, names), *last], rows)


def connections_table(costs: Costs, jobs: list[str]) -> str:
    rows = []
    for job in jobs:
        row = [f"each of {JOBS[job].connections} beyond {JOBS[job].before}: KiB / threads / descriptors"]
        for name in CLIENTS:
            figures = (costs.get(job, name, figure) for figure in ("memory", "threads", "descriptors"))
            row.append(" / ".join(map(short, figures)))
        rows.append(row)
    if rows:
        process = (costs.get(jobs[0], name, "process") for name in CLIENTS)
        rows.append([f"the process with {JOBS[jobs[0]].before}: KiB", *map(short, process)])
    return table(["what it holds", *map(title, CLIENTS)], rows)


def growth_table(costs: Costs) -> str:
    rows = []
    for series, jobs in SERIES.items():
        memory = "memory" if JOBS[jobs[0]].kind == "hold" else "peak"
        for figure, what in {"wall": "time", "cpu": "CPU", memory: "memory"}.items():
            cells = [", ".join(costs.growth(jobs, name, figure)) or "-" for name in CLIENTS]
            if any(cell != "-" for cell in cells):
                rows.append([f"{series}: {what}", *cells])
    return table(["from step to step", *map(title, CLIENTS)], rows)


def tables(samples: Samples) -> str:
    costs = Costs(samples)
    on_stub, on_engine, on_fake = (
        [job for job in samples if JOBS[job].peer == peer] for peer in ("stub", "engine", "fake")
    )
    held = [job for job in samples if JOBS[job].kind == "hold"]
    parts = {
        "Goals: the reference client's cost divided by ours": goals_table(costs),
        "One operation with the stub peer: time / CPU of the client": costs_table(costs, on_stub),
        "Connections": connections_table(costs, held),
        "Growth of the cost of a byte or a connection: 1 is linear": growth_table(costs),
        "One operation with a real engine: time / CPU of the client": costs_table(costs, on_engine),
        "One operation with a `FakeEngine` in the same process: time / CPU of both": costs_table(
            costs, on_fake
        ),
    }
    return "\n\n".join(f"### {heading}\n\n{part}" for heading, part in parts.items() if part)


def verdict(samples: Samples) -> str:
    results = judged(Costs(samples))
    met = sum(ratio >= wanted for _, _, wanted, ratio, _ in results)
    return f"{met} of {len(results)} goals are met. A missed goal is no failure: the exit code is 0."
