from django.db import models


class RegistrationLease(models.Model):
    """One request at a time registers a run under a name: the row is the lock.

    It is held across calls to MLflow, which no transaction may be. A process that dies leaves it
    behind; it lapses at ``lease_until``.
    """

    model_name = models.CharField(max_length=128)
    mlflow_run_id = models.CharField(max_length=64)
    token = models.CharField(max_length=32)
    lease_until = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["model_name", "mlflow_run_id"], name="registration_lease_once"),
        ]

    def __str__(self) -> str:
        return f"{self.model_name} {self.mlflow_run_id}"
