"""The skill file: written whole, read back equal, and refused as soon as anything about it is off."""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor

import skillkit
from skillkit.errors import Diverged, UserError
from skillkit.skills.card import SkillCard
from skillkit.skills.file import METADATA_KEY, digest, load_skill, save_skill
from skillkit.skills.skill import Skill

Change = Callable[[dict[str, Tensor], dict[str, Any]], None]
MEAN = "layers.0.normalizer.mean"


def opened(path: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Tensors and card as they stand in a file."""
    with safe_open(path, framework="pt") as file:
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - not a mapping
        return tensors, json.loads(file.metadata()[METADATA_KEY])


def forged(source: Path, target: Path, change: Change) -> Path:
    """A changed copy with a digest that fits, as someone who knows the format would write it."""
    tensors, document = opened(source)
    change(tensors, document)
    document.pop("sha256", None)
    document["sha256"] = digest(tensors, document)
    save_file(tensors, target, metadata={METADATA_KEY: json.dumps(document)})
    return target


def test_round_trip_keeps_tensors_and_card(maze_skill: Skill, maze_file: Path) -> None:
    loaded = load_skill(maze_file)
    assert len(loaded.layers) == 2
    for before, after in zip(maze_skill.layers, loaded.layers, strict=True):
        old, new = before.policy.state_dict(), after.policy.state_dict()
        assert old.keys() == new.keys()
        assert all(torch.equal(old[name], new[name]) for name in old)
        assert before.card == after.card
        assert not any(parameter.requires_grad for parameter in after.policy.parameters())
    assert loaded.card.model_copy(update={"sha256": ""}) == maze_skill.card
    assert re.fullmatch("[0-9a-f]{64}", loaded.card.sha256)


def test_a_loaded_skill_acts_the_same(maze_skill: Skill, maze_file: Path) -> None:
    rng = np.random.default_rng(0)
    groups = {g.name: rng.standard_normal((3, g.width)).astype(np.float32) for g in maze_skill.groups}
    latent = rng.standard_normal((3, 2)).astype(np.float32)
    loaded = skillkit.load_skill(maze_file)
    for layer, again in zip(maze_skill.layers, loaded.layers, strict=True):
        for one, other in zip(layer.policy.state_dict().values(), again.policy.state_dict().values(), strict=True):
            assert torch.equal(one, other)
    # Weights elsewhere in memory can be multiplied in another order.
    np.testing.assert_allclose(loaded.act(groups, latent), maze_skill.act(groups, latent), atol=1e-6)


def test_writing_twice_gives_the_same_bytes(maze_skill: Skill, maze_file: Path, tmp_path: Path) -> None:
    again = tmp_path / "again.safetensors"
    save_skill(again, load_skill(maze_file))
    assert opened(again)[1] == opened(maze_file)[1]
    assert all(torch.equal(tensor, opened(maze_file)[0][name]) for name, tensor in opened(again)[0].items())


def test_digest_by_hand() -> None:
    text = b'{"a":1,"b":"x"}' + b"w float32 2" + np.array([1.0, 2.0], "<f4").tobytes()
    assert digest({"w": torch.tensor([1.0, 2.0])}, {"b": "x", "a": 1}) == hashlib.sha256(text).hexdigest()


def test_every_altered_byte_is_found(ball_file: Path, tmp_path: Path) -> None:
    content, broken = ball_file.read_bytes(), tmp_path / "broken.safetensors"
    header = 8 + int.from_bytes(content[:8], "little")
    places = {
        *range(9),
        *np.linspace(9, header - 1, 120, dtype=int).tolist(),
        *np.linspace(header, len(content) - 1, 60, dtype=int).tolist(),
    }
    for place in sorted(places):
        for flip in (0x01, 0x80):
            altered = bytearray(content)
            altered[place] ^= flip
            broken.write_bytes(altered)
            try:
                loaded = load_skill(broken)
            except UserError as error:
                assert "broken.safetensors" in str(error)  # noqa: PT017
                continue
            pytest.fail(f"byte {place} ^ {flip:#x} went unseen: {content[place : place + 1]!r}, {loaded.card.name}")


def test_every_truncated_file_is_found(ball_file: Path, tmp_path: Path) -> None:
    content, broken = ball_file.read_bytes(), tmp_path / "broken.safetensors"
    for length in {0, 1, 7, 8, 9, *np.linspace(10, len(content) - 1, 40, dtype=int).tolist()}:
        broken.write_bytes(content[:length])
        with pytest.raises(UserError, match=r"broken\.safetensors"):
            load_skill(broken)
    broken.write_bytes(content + b"\0")
    with pytest.raises(UserError, match=r"broken\.safetensors"):
        load_skill(broken)


def version_four(tensors: dict[str, Tensor], document: dict[str, Any]) -> None:
    document["format_version"] = 4


def without_version(tensors: dict[str, Tensor], document: dict[str, Any]) -> None:
    del document["format_version"]


def with_nan(tensors: dict[str, Tensor], document: dict[str, Any]) -> None:
    tensors[MEAN][0] = float("nan")


def with_infinity(tensors: dict[str, Tensor], document: dict[str, Any]) -> None:
    tensors[MEAN][0] = float("inf")


def missing_tensor(tensors: dict[str, Tensor], document: dict[str, Any]) -> None:
    del tensors[MEAN]


def extra_tensor(tensors: dict[str, Tensor], document: dict[str, Any]) -> None:
    tensors["layers.0.extra"] = torch.zeros(1)


def extra_layer(tensors: dict[str, Tensor], document: dict[str, Any]) -> None:
    tensors["layers.7.normalizer.mean"] = torch.zeros(1)


def wrong_shape(tensors: dict[str, Tensor], document: dict[str, Any]) -> None:
    tensors[MEAN] = torch.zeros(5)


def wrong_type(tensors: dict[str, Tensor], document: dict[str, Any]) -> None:
    tensors[MEAN] = tensors[MEAN].double()


def unreadable_type(tensors: dict[str, Tensor], document: dict[str, Any]) -> None:
    tensors[MEAN] = tensors[MEAN].half()


def negative_variance(tensors: dict[str, Tensor], document: dict[str, Any]) -> None:
    tensors["layers.0.normalizer.variance"][0] = -1.0


def unknown_kind(tensors: dict[str, Tensor], document: dict[str, Any]) -> None:
    document["layers"][0]["kind"] = "diffusion"


def unknown_prior(tensors: dict[str, Tensor], document: dict[str, Any]) -> None:
    document["layers"][0]["latent_prior"] = "uniform"


def without_layers(tensors: dict[str, Tensor], document: dict[str, Any]) -> None:
    document["layers"] = []


def unknown_card_key(tensors: dict[str, Tensor], document: dict[str, Any]) -> None:
    document["surprise"] = 1


def text_for_number(tensors: dict[str, Tensor], document: dict[str, Any]) -> None:
    document["layers"][0]["hold"] = "1"


def other_latent_width(tensors: dict[str, Tensor], document: dict[str, Any]) -> None:
    document["layers"][0]["latent_width"] = 3


def other_hidden(tensors: dict[str, Tensor], document: dict[str, Any]) -> None:
    document["layers"][0]["hidden"] = [9]


def huge_layer(tensors: dict[str, Tensor], document: dict[str, Any]) -> None:
    document["layers"][0]["hidden"] = [10**9, 10**9]


def zero_hidden(tensors: dict[str, Tensor], document: dict[str, Any]) -> None:
    document["layers"][0]["hidden"] = [0]


def negative_hidden(tensors: dict[str, Tensor], document: dict[str, Any]) -> None:
    document["layers"][0]["hidden"] = [-8]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (version_four, "format version 4, this skillkit reads 1 to 3"),
        (without_version, "format version None"),
        (with_nan, f"{MEAN} holds NaN or infinity"),
        (with_infinity, f"{MEAN} holds NaN or infinity"),
        (missing_tensor, f"{MEAN} is missing"),
        (extra_tensor, "'layers.0.extra' that no layer knows"),
        (extra_layer, "'layers.7.normalizer.mean' that no layer knows"),
        (wrong_shape, "should be torch.float32 (4,), is torch.float32 (5,)"),
        (wrong_type, "should be torch.float32 (4,), is torch.float64 (4,)"),
        (unreadable_type, f"the tensor '{MEAN}' is of none of the types F32, F64"),
        (negative_variance, "has variances below 0"),
        (unknown_kind, "layers.0.kind"),
        (unknown_prior, "layers.0.latent_prior"),
        (without_layers, "layers"),
        (unknown_card_key, "surprise"),
        (text_for_number, "layers.0.hold"),
        (other_latent_width, "a flow of 2 actions has a latent of another width"),
        (other_hidden, "should be torch.float32"),
        (huge_layer, "layers.0.hidden.0"),
        (zero_hidden, "layers.0.hidden.0"),
        (negative_hidden, "layers.0.hidden.0"),
    ],
)
def test_a_forged_file_is_refused(ball_file: Path, tmp_path: Path, change: Change, message: str) -> None:
    path = forged(ball_file, tmp_path / "forged.safetensors", change)
    with pytest.raises(UserError, match=re.escape(message)) as caught:
        load_skill(path)
    assert "forged.safetensors" in str(caught.value)


def other_steps(tensors: dict[str, Tensor], document: dict[str, Any]) -> None:
    document["training"]["steps"] = [1]


def bounded_on_top(tensors: dict[str, Tensor], document: dict[str, Any]) -> None:
    document["layers"][1]["action_bounded"] = True


def too_few_latents(tensors: dict[str, Tensor], document: dict[str, Any]) -> None:
    document["layers"][1] |= {"action_names": ["latent_0"], "latent_width": 1}


def group_of_another_unit(tensors: dict[str, Tensor], document: dict[str, Any]) -> None:
    document["layers"][1]["groups"][0]["unit"] = "furlong"


def group_twice(tensors: dict[str, Tensor], document: dict[str, Any]) -> None:
    document["layers"][0]["groups"] *= 2


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (other_steps, "2 layers with the steps of 1"),
        (bounded_on_top, "a layer does not move the 2 unbounded latents of the one below"),
        (too_few_latents, "a layer does not move the 2 unbounded latents of the one below"),
        (group_of_another_unit, "is one thing in one layer and another in the next"),
        (group_twice, "a layer sees a group twice"),
    ],
)
def test_layers_that_do_not_fit_are_refused(maze_file: Path, tmp_path: Path, change: Change, message: str) -> None:
    path = forged(maze_file, tmp_path / "forged.safetensors", change)
    with pytest.raises(UserError, match=f"its card does not hold together: .*{message}"):
        load_skill(path)


def test_an_honest_digest_over_a_changed_card_is_accepted(ball_file: Path, tmp_path: Path) -> None:
    def rename(_: dict[str, Tensor], document: dict[str, Any]) -> None:
        document["name"] = "renamed"

    assert load_skill(forged(ball_file, tmp_path / "renamed.safetensors", rename)).card.name == "renamed"


def test_a_changed_card_with_the_old_digest_is_refused(ball_file: Path, tmp_path: Path) -> None:
    tensors, document = opened(ball_file)
    path = tmp_path / "changed.safetensors"
    save_file(tensors, path, metadata={METADATA_KEY: json.dumps({**document, "name": "other"})})
    with pytest.raises(UserError, match="digest does not match"):
        load_skill(path)


@pytest.mark.parametrize(
    ("metadata", "message"),
    [
        (None, "no skill: it has no card"),
        ({"other": "x"}, "no skill: it has no card"),
        ({METADATA_KEY: "{"}, "no JSON document"),
        ({METADATA_KEY: "[" * 100_000}, "no JSON document"),
        ({METADATA_KEY: "[1]"}, "no JSON object"),
        ({METADATA_KEY: '{"name": "a", "name": "b"}'}, "no JSON document"),
        ({METADATA_KEY: "{}"}, "format version None"),
        ({METADATA_KEY: '{"format_version": 1}'}, "its card's name is wrong"),
    ],
)
def test_other_safetensors_files(tmp_path: Path, metadata: dict[str, str] | None, message: str) -> None:
    path = tmp_path / "plain.safetensors"
    save_file({"w": torch.zeros(2)}, path, metadata=metadata)
    with pytest.raises(UserError, match=re.escape(message)):
        load_skill(path)


@pytest.mark.parametrize("content", [b"", b"name: ball_loco\n", b"\x80\x04N.", b"PK\x03\x04" * 9, b"\xff" * 64])
def test_files_of_another_kind(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "other.safetensors"
    path.write_bytes(content)
    with pytest.raises(UserError, match=r"other\.safetensors cannot be loaded"):
        load_skill(path)


def test_a_file_that_is_not_there_and_a_folder(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="there is no skill file"):
        load_skill(tmp_path / "none.safetensors")
    with pytest.raises(UserError, match="expected a skill file, got the folder"):
        load_skill(tmp_path)


def full(*_: object) -> None:
    raise OSError(28, "No space left on device")


@pytest.mark.parametrize("failing", ["fsync", "replace"])
def test_writing_leaves_the_old_file_when_it_fails(
    ball_skill: Skill, ball_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failing: str
) -> None:
    path = tmp_path / "skill.safetensors"
    path.write_bytes(ball_file.read_bytes())

    monkeypatch.setattr(os, failing, full)
    with pytest.raises(OSError, match="No space left"):
        save_skill(path, ball_skill)
    assert [entry.name for entry in tmp_path.iterdir()] == ["skill.safetensors"]
    assert path.read_bytes() == ball_file.read_bytes()


def test_a_diverged_policy_is_not_written(ball_file: Path, tmp_path: Path) -> None:
    skill = load_skill(ball_file)
    skill.layers[0].policy.normalizer.mean[0] = float("nan")
    with pytest.raises(Diverged, match=f"the weight {MEAN} is NaN"):
        save_skill(tmp_path / "nan.safetensors", skill)
    assert list(tmp_path.iterdir()) == []


def test_the_file_is_readable_by_others(ball_skill: Skill, tmp_path: Path) -> None:
    path = tmp_path / "skill.safetensors"
    save_skill(path, ball_skill)
    assert path.stat().st_mode & 0o777 == 0o644


def test_the_card_is_plain_json_in_the_header(ball_file: Path) -> None:
    document = opened(ball_file)[1]
    assert SkillCard.model_validate(document).name == "ball_loco"
    content = ball_file.read_bytes()
    header = json.loads(content[8 : 8 + int.from_bytes(content[:8], "little")])
    assert json.loads(header["__metadata__"][METADATA_KEY]) == document


def test_nothing_in_the_package_unpickles() -> None:
    calls = (
        r"torch\.load\(|(np|numpy)\.load\(|(import|from) (pickle|marshal|shelve|joblib|dill|cloudpickle)\b|allow_pickle"
        r"|yaml\.(unsafe|full)_load"
    )
    for path in Path(skillkit.__file__).parent.rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        assert not re.search(calls, text), path
        for arguments in re.findall(r"yaml\.load\(([^)]*)\)", text):
            assert arguments == "text, Loader=_Loader", path  # a SafeLoader
