from django.apps import AppConfig


class AttestationsConfig(AppConfig):
    name = "attestations"
    default_auto_field = "django.db.models.BigAutoField"
    verbose_name = "Attestations"

    def ready(self) -> None:
        from attestations import checks  # noqa: F401, PLC0415 - registers the system checks
