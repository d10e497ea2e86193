"""Which OpenGL backend can draw here.

MuJoCo settles its backend once, from MUJOCO_GL, when it is imported, and by then it is too late to find out which one
works. So the backends are tried in processes of their own, and the context of the one that works is built directly.
"""

from __future__ import annotations

import functools
import os
import subprocess
import sys

BACKEND_HELP = (
    "no OpenGL backend can draw without a screen here: install one (Debian and Ubuntu: "
    "apt install libegl1 libgl1-mesa-dri, or libosmesa6), or set MUJOCO_GL to one that works."
)

_OFF = ("disable", "disabled", "off", "false", "0")
_NAMED = ("egl", "osmesa", "glfw", "cgl")  # the modules of mujoco that hold a GLContext
_PROBE_SECONDS = 60
_PROBE = """
import importlib, sys, mujoco
context = importlib.import_module("mujoco." + sys.argv[1]).GLContext(32, 32)
context.make_current()
model = mujoco.MjModel.from_xml_string("<mujoco/>")
gl = mujoco.MjrContext(model, mujoco.mjtFontScale.mjFONTSCALE_100.value)
assert gl.offWidth > 0 and gl.currentBuffer is not None
gl.free()
context.free()
"""


def choose_backend() -> str | None:
    """The OpenGL backend that draws here ("egl", "osmesa", "glfw" or "cgl"), or None.

    A MUJOCO_GL that is set is the only one tried. The answer is kept for the process, and MUJOCO_GL
    is set to it for the processes it starts.
    """
    candidates = _candidates(os.environ.get("MUJOCO_GL", ""), sys.platform)
    backend = next((name for name in candidates if _works(name)), None)
    if backend is not None:
        os.environ["MUJOCO_GL"] = backend
    return backend


def _candidates(requested: str, platform: str) -> tuple[str, ...]:
    """Backends worth trying, best first, for a value of MUJOCO_GL and a `sys.platform`."""
    requested = requested.lower().strip()
    if requested in _OFF:
        return ()
    if requested:
        return (requested,) if requested in _NAMED else ("glfw",)
    if platform.startswith("linux"):
        return ("egl", "osmesa", "glfw") if os.environ.get("DISPLAY") else ("egl", "osmesa")
    return ("cgl", "glfw") if platform == "darwin" else ("glfw",)


@functools.cache
def _works(backend: str) -> bool:
    """Whether a fresh process can open a context of this backend: a broken driver may crash it."""
    command, environment = [sys.executable, "-c", _PROBE, backend], os.environ | {"MUJOCO_GL": backend}
    try:
        result = subprocess.run(command, env=environment, capture_output=True, timeout=_PROBE_SECONDS)
    except subprocess.TimeoutExpired:
        return False
    return result.returncode == 0
