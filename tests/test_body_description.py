"""A body's description: read strictly, its MJCF whole and from nowhere else; every fault is one sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from skillkit.body_description import LARGEST_MJCF, BodyDescription, is_body_file, read_body
from skillkit.errors import UserError

MJCF = "<mujoco>\n\t<worldbody/>  \n</mujoco>"
YAML = "name: robot\nmjcf: robot.xml\nroot: torso\nhealthy: {height: [0.1, 1]}\n"


def described(folder: Path, text: str = YAML, mjcf: str = MJCF) -> BodyDescription:
    (folder / "robot.yaml").write_text(text)
    (folder / "robot.xml").write_text(mjcf)
    return read_body(folder / "robot.yaml")


def test_the_rest_is_a_default(tmp_path: Path) -> None:
    found = described(tmp_path)
    assert (found.name, found.root, found.healthy.height, found.healthy.tilt) == ("robot", "torso", (0.1, 1.0), 75.0)
    assert (found.joints, found.motors, found.nominal.height, found.nominal.joints) == (None, None, None, {})
    assert (found.scale, found.time_step) == (1.0, 0.05)


def test_the_mjcf_stands_in_it_without_tabs_and_blanks_at_line_ends(tmp_path: Path) -> None:
    assert described(tmp_path).mjcf == "<mujoco>\n        <worldbody/>\n</mujoco>\n"


def test_it_survives_json(tmp_path: Path) -> None:
    found = described(tmp_path, YAML + "joints: [a, b]\nnominal: {height: 0.5, joints: {a: 1}}\n")
    assert BodyDescription.model_validate_json(found.model_dump_json()) == found
    assert BodyDescription.model_validate(found.model_dump(mode="json")) == found


def test_a_name_that_means_a_file() -> None:
    assert is_body_file("robots/mine.yaml")
    assert is_body_file("mine.yml")
    assert not is_body_file("ant")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "expected a mapping of body keys, got an empty document; start with 'name: my_robot'"),
        (YAML + "rot: x\n", r"robot.yaml: unknown key 'rot'; did you mean 'root'\?"),
        (
            YAML.replace("height", "heigth"),
            r"'healthy.heigth'; did you mean 'healthy.height'\? \(and 1 more\)",
        ),
        (YAML.replace("root: torso\n", ""), "expected root, got none; add the line 'root: ...'"),
        (YAML.replace("[0.1, 1]", "[1, 0.1]"), "healthy.height: expected the lower height first, got .1.0, 0.1.; turn"),
        (YAML.replace("[0.1, 1]", "low"), "healthy.height: expected a list, got 'low'; change it"),
        (YAML.replace("name: robot", "name: My Robot"), "name: expected lower-case letters, digits, _ and -, got 'My"),
        (YAML + "scale: 0\n", "scale: expected a number greater than 0.*, got 0; change it"),
        (YAML + "motors: []\n", "motors: expected a list of at least 1, got a list of 0; change it"),
        *(
            (YAML + f"{key}: [x, y, x]\n", f"{key}: expected each name once, got 'x' more than once; keep one")
            for key in ("joints", "sensors", "motors")
        ),
        (YAML + "time_step: .nan\n", "time_step"),
        (YAML.replace("robot.xml", "other.xml"), "other.xml: expected a readable MJCF file, got none; check the path"),
        (YAML.replace("robot.xml", "3"), "mjcf: expected text, got 3"),
    ],
)
def test_what_is_wrong_in_the_yaml(tmp_path: Path, text: str, sentence: str) -> None:
    with pytest.raises(UserError, match=sentence):
        described(tmp_path, text)


@pytest.mark.parametrize(
    ("mjcf", "sentence"),
    [
        ("<mujoco>", r"mjcf: expected XML, got a fault \(.*\); correct it"),
        ('<!DOCTYPE a [<!ENTITY b "c">]><mujoco/>', "expected plain XML, got a document type"),
        (
            '<mujoco><asset><mesh file="a.stl"/></asset></mujoco>',
            "got <mesh> from 'a.stl'; draw a mesh with",
        ),
        ('<mujoco><asset><texture fileright="a.png"/></asset></mujoco>', "got <texture> from 'a.png'"),
        ('<mujoco><include file="/etc/passwd"/></mujoco>', "got <include> from '/etc/passwd'"),
        ("<mujoco><extension/></mujoco>", "expected nothing that is loaded, got <extension>; remove it"),
        (f"<mujoco>{' ' * LARGEST_MJCF}</mujoco>", "expected an MJCF of at most 150,000 bytes"),
    ],
    ids=["fault", "doctype", "mesh", "texture", "include", "extension", "large"],
)
def test_what_is_wrong_in_the_mjcf(tmp_path: Path, mjcf: str, sentence: str) -> None:
    with pytest.raises(UserError, match=sentence):
        described(tmp_path, mjcf=mjcf)
