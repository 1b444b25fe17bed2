"""The WSGI application. gunicorn runs no system checks, so they run here: a production that would be
unsafe or slow (no attester key, no coincurve) does not start."""

import os

from django.core.management import call_command
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hokusai_site.settings")

application = get_wsgi_application()
call_command("check")
