"""What this machine offers: versions, a C++ compiler, cores, devices."""

from __future__ import annotations

import os
import platform
import shutil
import sys
import sysconfig
from importlib.metadata import version
from pathlib import Path

PACKAGES = ("skillkit-rl", "torch", "mujoco", "mjbatch", "gymnasium", "numpy")


def versions() -> dict[str, str]:
    """Versions of Python and of the packages that results depend on."""
    found = {package: version(package) for package in PACKAGES}
    return {"python": sys.version.split()[0], "platform": platform.platform(), **found}


def compiler() -> str | None:
    """The C++ compiler that the compiled update would use; None when there is none, or Python's headers are not."""
    if not (Path(sysconfig.get_path("include")) / "Python.h").is_file():
        return None
    for name in (os.environ.get("CXX"), "g++", "clang++"):
        found = shutil.which(name) if name else None
        if found:
            return found
    return None


def cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def free_memory() -> int | None:
    """Bytes that this process could still take, None where the system does not say."""
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
    except OSError:
        return None
    found = next((line for line in lines if line.startswith("MemAvailable:")), None)
    return None if found is None else int(found.split()[1]) * 1024


def devices() -> list[str]:
    """Names of the devices that updates can be computed on."""
    import torch

    return [f"cpu ({cores()} cores)", *(f"cuda:{index}" for index in range(torch.cuda.device_count()))]
