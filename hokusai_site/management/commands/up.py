"""Run the whole stack in the foreground until it is interrupted."""

import os
import subprocess
import sys
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from honcho.manager import Manager

from hokusai_site.stack import PROCFILE, StackPlan, plan_stack


class Command(BaseCommand):
    help = "Run web, worker, beat, and, unless given, MLflow and Redis, until interrupted."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        plan = plan_stack(os.environ, settings.HOKUSAI_DATA_DIR)
        migrate(plan)
        self.stdout.write(f"registry  {plan.registry_url}   (docs at /docs, admin at /admin/)")
        self.stdout.write(f"mlflow    {plan.mlflow_url}")
        manager = Manager()
        for name, command in plan.commands.items():
            # exec: the shell makes way, so that a signal reaches the process itself.
            manager.add_process(name, f"exec {command}", env=plan.environment, cwd=str(PROCFILE.parent))
        manager.loop()
        # 130 and 143 are how it is meant to end: interrupted or terminated.
        if manager.returncode not in (0, 130, 143):
            raise CommandError(f"A process of the stack ended with {manager.returncode}; its lines are above.")


def migrate(plan: StackPlan) -> None:
    command = [sys.executable, "manage.py", "migrate", "--no-input", "--verbosity", "0"]
    if subprocess.run(command, env=plan.environment, cwd=PROCFILE.parent, check=False).returncode:
        raise CommandError("The database could not be migrated; see above.")
