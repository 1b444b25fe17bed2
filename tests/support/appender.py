"""``python -m tests.support.appender ATTESTATION_ID``: append to the log without end, until killed."""

import os
import sys

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hokusai_site.settings")
django.setup()

from django.db import transaction  # noqa: E402

from attestations.models import Attestation  # noqa: E402
from attestations.services.log import append_entry, lock_log  # noqa: E402

attestation = Attestation.objects.get(pk=int(sys.argv[1]))
while True:
    data = os.urandom(32)
    # What was told of has been committed.
    with transaction.atomic():
        entry = append_entry(lock_log(), attestation=attestation, kind=data.hex()[:16], leaf_data=data)
    sys.stdout.write(f"{entry.index} {data.hex()}\n")
    sys.stdout.flush()
