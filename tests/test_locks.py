"""The lock whose `with` statement a signal handler cannot leave half done."""

from __future__ import annotations

import sys
import threading

import pytest

from rivet_client._locks import Lock


@pytest.mark.skipif(
    sys.version_info < (3, 14), reason="until 3.13, nothing comes between taking the lock and the block"
)
@pytest.mark.parametrize("is_taken", [True, False])
def test_a_handler_that_raises_beside_the_taking_of_the_lock(is_taken: bool) -> None:
    class Struck(Lock):
        def acquire(self) -> bool:
            if is_taken:
                super().acquire()
            raise KeyboardInterrupt

    lock = Struck()
    with pytest.raises(KeyboardInterrupt):
        with lock:
            pass
    assert not lock._is_owned()
    Lock.acquire(lock)
    with pytest.raises(KeyboardInterrupt):
        with lock:
            pass
    assert lock._is_owned()
    lock.release()
    assert not lock._is_owned()


def test_it_is_a_reentrant_lock() -> None:
    lock = Lock()
    changed = threading.Condition(lock)
    with lock, lock:
        assert lock._is_owned()
        changed.wait(0)
        assert lock._is_owned()
    assert not lock._is_owned()
