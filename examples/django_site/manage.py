"""A page with a live counter: plain and `async def` views, one client of each flavour, errors as status codes.

    pip install django uvicorn
    cd examples/django_site
    python ../local_engine.py uvicorn --timeout-graceful-shutdown 3 mysite.asgi:application

Then open http://127.0.0.1:8000 in two windows. A WSGI server, such as that of `manage.py runserver`, shows the count,
but does not keep it up to date.
"""

import os
import sys

from django.core.management import execute_from_command_line

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mysite.settings")
    execute_from_command_line(sys.argv)
