"""A new connection to an engine that does not know its runner pool yet."""

from __future__ import annotations

import shutil

import pytest

from rivet_client import ActionTimeoutError, ActorError, ConnectionStatus
from tests.support.flavours import FLAVOURS, Inbox, in_thread

pytestmark = pytest.mark.timeout(300)


async def test_a_wrong_pool_is_named(make_client, key):
    async with make_client(pool_name="nowhere", timeout=3.0) as client:
        conn = client.bare.get_or_create(key).connect()
        try:
            with pytest.raises(
                ActionTimeoutError, match="went wrong last: .*there is no runner pool 'nowhere'"
            ):
                await conn.wait_ready(timeout=1.0)
            with pytest.raises(ActorError, match="there is no runner pool 'nowhere'") as caught:
                await conn.wait_ready(timeout=60.0)
            assert caught.value.code == "no_runner_config_configured"
            assert not caught.value.may_have_run
        finally:
            await conn.close()


async def test_the_first_host_of_a_pool_comes_later(private_engine, engine_kind):
    if engine_kind == "fake":
        pytest.skip("a fake has no host that could come later")
    engine = private_engine()
    engine.kill_host()
    engine.kill_engine()
    shutil.rmtree(engine._data / "db")
    engine.start_engine()
    for flavour in FLAVOURS:
        async with flavour.client(engine.url) as client:
            async with client.counter.get_or_create(str(flavour)).connect() as conn:
                statuses = Inbox()
                conn.on_status_change(statuses)
                if flavour is FLAVOURS[0]:
                    while await statuses.get() != (ConnectionStatus.DISCONNECTED,):
                        pass  # the first attempt has found no pool
                    await in_thread(engine.start_host)
                assert await conn.action("increment", timeout=100) == 1
