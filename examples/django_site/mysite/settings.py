import os
import secrets

DEBUG = os.environ.get("DJANGO_DEBUG") == "1"
# Without the variable each process makes a key of its own. This site signs nothing. One that does needs the variable.
SECRET_KEY = os.environ.get("DJANGO_SECRET_KEY") or secrets.token_urlsafe(50)
ALLOWED_HOSTS = ["127.0.0.1", "localhost"]
TIME_ZONE = "UTC"
ROOT_URLCONF = "mysite.urls"
INSTALLED_APPS = ["counters"]
MIDDLEWARE = ["django.middleware.csrf.CsrfViewMiddleware", "counters.rivet.ErrorsAsStatusCodes"]
TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}]

RIVET_TIMEOUT = 5.0  # seconds; nobody waits a minute for a web page
