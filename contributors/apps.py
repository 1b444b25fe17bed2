from django.apps import AppConfig


class ContributorsConfig(AppConfig):
    name = "contributors"
    default_auto_field = "django.db.models.BigAutoField"
    verbose_name = "Contributors and credentials"

    def ready(self) -> None:
        from contributors import checks, openapi  # noqa: F401, PLC0415 - both register what they define
