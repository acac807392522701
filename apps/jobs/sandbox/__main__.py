"""`python -m apps.jobs.sandbox`: says which walls stand on this machine; exit 1 where the sandbox would refuse."""

import sys

from apps.jobs.sandbox.check import check
from apps.jobs.sandbox.failures import SandboxFailure

try:
    sys.stdout.write("\n".join(check()) + "\n")
except SandboxFailure as failure:
    sys.stderr.write(f"{failure.sentence}\n")
    sys.exit(1)
