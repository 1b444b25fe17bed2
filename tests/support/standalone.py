"""``python -m tests.support.standalone MODULE ARGUMENTS``: run a module that imports models when it is loaded."""

import os
import runpy
import sys

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hokusai_site.settings")
django.setup()
del sys.argv[0]
runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
