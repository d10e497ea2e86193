"""The choice of an OpenGL backend."""

from __future__ import annotations

import os

import pytest

from skillkit.rendering import backend
from skillkit.rendering.backend import _candidates, choose_backend


def test_backends_are_tried_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DISPLAY", raising=False)
    assert _candidates("", "linux") == ("egl", "osmesa")
    assert _candidates("", "darwin") == ("cgl", "glfw")
    assert _candidates("OSMesa", "linux") == ("osmesa",)
    assert _candidates("off", "linux") == ()
    monkeypatch.setenv("DISPLAY", ":0")
    assert _candidates("", "linux") == ("egl", "osmesa", "glfw")


def test_the_first_backend_that_works_is_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MUJOCO_GL", "")
    monkeypatch.setattr(backend.sys, "platform", "linux")
    monkeypatch.setattr(backend, "_works", lambda name: name == "osmesa")
    assert choose_backend() == "osmesa"
    assert os.environ["MUJOCO_GL"] == "osmesa"
