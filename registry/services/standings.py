"""The order in which the versions of a model are measured against each other.

It is the order of registration, with one exception: a claim that is corrected, and evidence that was
missing and comes back, go to the end. Otherwise a version behind them, which was measured and attested
meanwhile, and they would both have the same gain.
"""

from django.db.models import F

from registry.models import RegisteredModel


def next_standing(model_id: int) -> int:
    """The next free place. Within a transaction: the model's row stays locked until its end."""
    row = RegisteredModel.objects.filter(pk=model_id)
    row.update(last_standing=F("last_standing") + 1)
    return row.values_list("last_standing", flat=True).get()
