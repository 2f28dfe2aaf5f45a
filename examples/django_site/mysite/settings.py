import os

DEBUG = os.environ.get("DJANGO_DEBUG") == "1"
SECRET_KEY = os.environ.get("DJANGO_SECRET_KEY", "only for trying it")
ALLOWED_HOSTS = ["127.0.0.1", "localhost", "testserver"]
TIME_ZONE = "UTC"
ROOT_URLCONF = "mysite.urls"
INSTALLED_APPS = ["counters"]
MIDDLEWARE = ["django.middleware.csrf.CsrfViewMiddleware", "counters.rivet.ErrorsAsStatusCodes"]
TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}]

RIVET_TIMEOUT = 5.0  # seconds; nobody waits a minute for a web page
