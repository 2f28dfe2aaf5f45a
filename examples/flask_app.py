"""A guest book: an application factory, one Client for all threads and processes, errors as status codes.

    pip install flask
    python examples/local_engine.py flask --app examples/flask_app run

Then open http://127.0.0.1:5000. In production: `gunicorn --workers 2 --threads 8 'flask_app:create_app()'`.

Nobody logs in here. With a login, the form needs a CSRF token (Flask-WTF).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Flask, redirect, render_template_string, request, url_for
from werkzeug import Response
from werkzeug.exceptions import BadGateway, BadRequest, GatewayTimeout, HTTPException, ServiceUnavailable

from rivet_client import ActionTimeoutError, ActorError, Client, RivetError


def create_app(config: Mapping[str, Any] | None = None) -> Flask:
    app = Flask(__name__)
    app.config.from_mapping(RIVET_ENDPOINT=None, RIVET_TIMEOUT=5.0)  # None: from the environment variable
    app.config.from_mapping(config)
    # It connects to nothing yet, so it may be made before the server forks. All threads share it.
    client = Client(app.config["RIVET_ENDPOINT"], timeout=app.config["RIVET_TIMEOUT"])
    app.extensions["rivet"] = client
    book = client.chatRoom.get_or_create(["flask", "guest book"])

    @app.get("/")
    def page() -> str:
        return render_template_string(PAGE, entries=book.history(20))

    @app.post("/")
    def sign() -> Response:
        book.sendMessage(request.form["name"], request.form["text"])
        return redirect(url_for("page"), 303)

    @app.errorhandler(RivetError)
    def failed(error: RivetError) -> HTTPException:
        if isinstance(error, ActorError) and error.group == "user":
            return BadRequest(error.message)  # written for the caller by the actor's author
        app.logger.warning("%s %s failed", request.method, request.path, exc_info=error)
        if error.is_retryable and not error.may_have_run:
            return ServiceUnavailable(retry_after=1)
        return GatewayTimeout() if isinstance(error, ActionTimeoutError) else BadGateway()

    return app


PAGE = """<!doctype html>
<html lang="en">
<meta name="viewport" content="width=device-width"><link rel="icon" href="data:,">
<title>Guest book</title>
<style>
  :root { color-scheme: light dark }
  body { font: 1rem/1.5 system-ui; max-width: 32rem; margin: 3rem auto; padding: 0 1rem }
  form { display: flex; gap: .5rem; margin-bottom: 2rem }
  input, button { font: inherit; padding: .25rem .5rem; min-width: 0 }
  [name=text] { flex: 1 }
</style>
<h1>Guest book</h1>
<form method="post">
  <input name="name" placeholder="name" aria-label="name" size="8" required>
  <input name="text" placeholder="text" aria-label="text">
  <button>Sign</button>
</form>
{% for entry in entries | reverse %}
<p><strong>{{ entry.sender }}</strong><br>{{ entry.text }}</p>
{% else %}
<p>Nobody has signed yet.</p>
{% endfor %}
"""
