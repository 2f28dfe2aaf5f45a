"""A broker of files, to try it without a server. With CELERY_BROKER_URL, such as redis://localhost, it is not used."""

import os
from pathlib import Path

if "CELERY_BROKER_URL" not in os.environ:
    FOLDER = Path(__file__).parent / "run"
    for name in ("queue", "control", "results"):
        (FOLDER / name).mkdir(parents=True, exist_ok=True)

    broker_url = "filesystem://"
    broker_transport_options = {
        "data_folder_in": str(FOLDER / "queue"),
        "data_folder_out": str(FOLDER / "queue"),
        "control_folder": str(FOLDER / "control"),
        "polling_interval": 0.1,
    }
    result_backend = f"file://{FOLDER / 'results'}"
    worker_enable_remote_control = False  # this broker has no broadcasts

task_soft_time_limit = 30  # seconds; longer than the client's timeout
