"""Engines for tests: shared by the whole run, one for each registry; private ones for tests that break theirs."""

from __future__ import annotations

import json
import shutil
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rivet_client.testing import LocalEngine
from rivet_client.testing.local.shared import shared_engine

__all__ = ["EXAMPLE_REGISTRY", "SERVER", "PrivateEngine", "SharedEngine"]

ROOT = Path(__file__).parents[2]
SERVER = ROOT / "tests" / "server"
EXAMPLE_REGISTRY = ROOT / "examples" / "registry" / "registry.ts"


class Admin:
    """What the tests do to actors behind the client's back, through the engine's control API."""

    def __init__(self, url: str) -> None:
        self._url = url

    def actor(self, actor_id: str) -> dict[str, Any]:
        """Return the engine's row about an actor, destroyed ones included."""
        (actor,) = self._call("GET", f"/actors?namespace=default&actor_ids={actor_id}")["actors"]
        return actor  # type: ignore[no-any-return]

    def sleep(self, actor_id: str) -> None:
        self._call("POST", f"/actors/{actor_id}/sleep?namespace=default", {})

    def reschedule(self, actor_id: str) -> None:
        self._call("POST", f"/actors/{actor_id}/reschedule?namespace=default", {})

    def destroy(self, actor_id: str) -> None:
        self._call("DELETE", f"/actors/{actor_id}?namespace=default")

    def _call(self, method: str, path: str, body: object = None) -> dict[str, Any]:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(
            self._url + path, data, {"content-type": "application/json"}, method=method
        )
        with urllib.request.urlopen(request, timeout=30) as response:
            return json.load(response)  # type: ignore[no-any-return]


class SharedEngine:
    """An engine that many tests share: they use keys of their own and never stop it."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.admin = Admin(url)

    @classmethod
    def of_run(cls, run: Path, registry: Path = SERVER / "registry.ts") -> SharedEngine:
        """Return the run's one engine for a registry."""
        return cls(shared_engine(registry, run, install=True))


class PrivateEngine(LocalEngine):
    """An engine that one test may stop, kill and restart."""

    def __init__(self, registry: Path, *, env: Mapping[str, str] | None = None) -> None:
        super().__init__(registry, env=env, install=True)

    def begin_anew(self) -> None:
        """Restart without anything that was stored, as `rivet-client dev` does."""
        self.kill_host()
        self.kill_engine()
        shutil.rmtree(self._data / "db")
        self.start_engine()
        self.start_host()

    @property
    def admin(self) -> Admin:
        return Admin(self.url)
