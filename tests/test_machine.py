"""What the machine offers: versions, a compiler, devices."""

from __future__ import annotations

import os
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

from skillkit import machine


def test_versions_name_what_results_depend_on() -> None:
    found = machine.versions()
    assert found["python"] == sys.version.split()[0]
    assert found["mujoco"] == version("mujoco")
    assert set(machine.PACKAGES) < set(found)


def tool(folder: Path, name: str) -> str:
    path = folder / name
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
    return str(path)


def test_the_compiler_that_cxx_names_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CXX", raising=False)
    assert machine.compiler() is None
    clang = tool(tmp_path, "clang++")
    assert machine.compiler() == clang
    gcc = tool(tmp_path, "g++")
    assert machine.compiler() == gcc
    own = tool(tmp_path, "own-c++")
    monkeypatch.setenv("CXX", "own-c++")
    assert machine.compiler() == own
    monkeypatch.setenv("CXX", "not-there")
    assert machine.compiler() == gcc


def test_the_processor_is_always_a_device(monkeypatch: pytest.MonkeyPatch) -> None:
    import torch

    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    assert machine.devices() == [f"cpu ({os.cpu_count()} cores)", "cuda:0", "cuda:1"]
