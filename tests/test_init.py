"""The package's front door: quick to import, and no more than it promises."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import version

import pytest

import skillkit


def test_the_version_is_the_distribution_s() -> None:
    assert skillkit.__version__ == version("skillkit-rl")


def test_what_is_promised_is_there() -> None:
    from skillkit.build.skill_env import SkillEnv
    from skillkit.skills.file import load_skill

    assert skillkit.load_skill is load_skill
    assert skillkit.SkillEnv is SkillEnv
    assert set(skillkit.__all__) == {"SkillEnv", "__version__", "load_skill"}


def test_other_names_are_attribute_errors() -> None:
    with pytest.raises(AttributeError, match="no attribute 'load_skills'"):
        _ = skillkit.load_skills


def test_importing_is_quick() -> None:
    code = "import skillkit, sys; print([name for name in ('torch', 'mujoco') if name in sys.modules])"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout == "[]\n"
