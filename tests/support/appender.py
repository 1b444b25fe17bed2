"""``tests.support.standalone tests.support.appender ATTESTATION_ID``: append to the log without end, until killed."""

import os
import sys

from django.db import transaction

from attestations.models import Attestation
from attestations.services.log import append_entry, lock_log

attestation = Attestation.objects.get(pk=int(sys.argv[1]))
while True:
    data = os.urandom(32)
    # What was told of has been committed.
    with transaction.atomic():
        entry = append_entry(lock_log(), attestation=attestation, kind=data.hex()[:16], leaf_data=data)
    sys.stdout.write(f"{entry.index} {data.hex()}\n")
    sys.stdout.flush()
