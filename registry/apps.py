from django.apps import AppConfig
from django.db.models.signals import post_migrate


class RegistryConfig(AppConfig):
    name = "registry"
    default_auto_field = "django.db.models.BigAutoField"
    verbose_name = "Model registry"

    def ready(self) -> None:
        from registry.row_protection import protect_rows  # noqa: PLC0415 - needs the models loaded

        # Of every app: an append-only model is protected wherever it is.
        post_migrate.connect(protect_rows, dispatch_uid="registry.protect_rows")
