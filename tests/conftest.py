"""Set-up of every test session: one thread a worker, array shapes checked at run time, steady hypothesis."""

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")  # inherited by the commands that tests start

import jaxtyping
import torch
from hypothesis import settings

CHECKED_PACKAGES = ("skillkit.policies", "skillkit.algorithms")

# The hook must stand before these packages are first imported. torch.compile cannot trace the checks: a test
# that compiles an update runs it in its own process, or under `make test-learning`, where the hook is off.
if os.environ.get("JAXTYPING_DISABLE", "0") != "1":
    jaxtyping.install_import_hook(CHECKED_PACKAGES, "beartype.beartype")

torch.set_num_threads(1)

settings.register_profile("steady", deadline=None, derandomize=True)
settings.load_profile("steady")
