"""The built site, for the tests of this folder."""

from __future__ import annotations

from importlib.util import module_from_spec, spec_from_file_location
from typing import Any

import pytest

from tests.site.pages import Site
from tests.support.public_api import ROOT


def builder() -> Any:
    """The module that builds the site. It is a script, and in no package."""
    spec = spec_from_file_location("build_site", ROOT / "docs" / "site" / "build.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def site() -> Site:
    """The site. `nox` builds it before the tests; whoever runs these tests alone waits for it once."""
    build = builder()
    with build.only_one():
        if not build.is_fresh():
            assert build.build() == 0
    return Site(build.SITE)
