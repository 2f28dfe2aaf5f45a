"""Tasks that call actors: repeated when that is safe, one client for each worker process.

    pip install celery
    cd examples/celery_worker
    python ../local_engine.py celery --app tasks worker --loglevel INFO

Then send it something to do, from the same folder in another terminal. The log of the worker has the results.

    celery --app tasks call tasks.deposit --args '["ann", 5]'
    celery --app tasks call tasks.announce --args '["lobby", "lunch is ready"]'
"""

from __future__ import annotations

from typing import Any

from celery import Celery, Task

from rivet_client import Client, RivetError

app = Celery("tasks")
app.config_from_object("celeryconfig")
client = Client(timeout=20)  # connects to nothing yet: after the fork each worker process has its own sockets


class ActorTask(Task):
    """Is repeated after errors that pass, if it has surely not run, or may run twice."""

    max_retries = 5
    may_run_twice = False

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        try:
            return super().__call__(*args, **kwargs)
        except RivetError as error:
            if error.is_retryable and (self.may_run_twice or not error.may_have_run):
                raise self.retry(exc=error, countdown=10 * 2**self.request.retries) from error
            raise  # somebody has to decide


# A task keeps its id when it is repeated, also after its worker has died. The actor does what has one id only once.
@app.task(base=ActorTask, bind=True, may_run_twice=True, acks_late=True, reject_on_worker_lost=True)
def deposit(self: ActorTask, account: str, amount: int) -> int:
    return client.account.get_or_create(["celery", account]).deposit(self.request.id, amount)


# The queue takes a message each time that it is sent, so nobody repeats what may be in it already.
@app.task(base=ActorTask)
def announce(room: str, text: str) -> None:
    client.chatRoom.get_or_create(["celery", room]).send("announcements", {"text": text})
