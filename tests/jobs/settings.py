"""The tests' settings for processes that tests start, with kinds of work to do."""

from tests.settings import *  # noqa: F403
from tests.settings import INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "tests.jobs.errands"]
