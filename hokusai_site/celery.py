"""The Celery application. Tasks are sent by name, so the web process never imports them."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hokusai_site.settings")

app = Celery("hokusai")
app.config_from_object("django.conf:settings", namespace="CELERY")
# Lazy: workers import the tasks when they start; the web process does not.
app.autodiscover_tasks()
