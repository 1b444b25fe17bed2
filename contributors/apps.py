from django.apps import AppConfig


class ContributorsConfig(AppConfig):
    name = "contributors"
    default_auto_field = "django.db.models.BigAutoField"
    verbose_name = "Contributors and credentials"

    def ready(self) -> None:
        from contributors import checks  # noqa: F401, PLC0415 - registers the system checks
