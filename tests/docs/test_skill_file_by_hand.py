"""docs/skill_file.md is enough: a reader with NumPy alone, written after it, acts as skillkit does."""

from __future__ import annotations

import hashlib
import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors import safe_open

from skillkit.body_description import BodyDescription
from skillkit.policies import PolicySizes, build_policy
from skillkit.policies.critic import TwinCritic
from skillkit.policies.hierarchical import HierarchicalActor, HierarchicalPolicy
from skillkit.policies.high_level import HighLevel
from skillkit.policies.low_level import LowLevel
from skillkit.skills.card import CriticCard, LayerCard, SkillCard, TrainingCard, WorldCard
from skillkit.skills.file import load_skill, save_skill
from skillkit.skills.group_card import GroupCard
from skillkit.skills.skill import Skill, SkillLayer
from skillkit.types import Layout

Array = np.ndarray
BODY = (GroupCard(name="velocity", width=2, unit="m/s"), GroupCard(name="rate", width=1, unit="rad/s"))
TASK = (GroupCard(name="target", width=2, unit="m"), GroupCard(name="rate", width=1, unit="rad/s"))


# The reader: NumPy and safetensors only.


def read(path: Path) -> tuple[dict[str, Any], dict[str, Array]]:
    with safe_open(path, framework="numpy") as file:
        card: dict[str, Any] = json.loads(file.metadata()["skillkit"])
        return card, {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - not a mapping


def sha256(card: dict[str, Any], tensors: dict[str, Array]) -> str:
    document = {key: value for key, value in card.items() if key != "sha256"}
    total = hashlib.sha256(json.dumps(document, sort_keys=True, separators=(",", ":")).encode())
    for name in sorted(tensors):
        value = tensors[name]
        total.update(f"{name} {value.dtype} {'x'.join(map(str, value.shape))}".encode())
        total.update(value.astype(value.dtype.newbyteorder("<")).tobytes())
    return total.hexdigest()


def network(tensors: dict[str, Array], prefix: str, x: Array) -> Array:
    index = 0
    while f"{prefix}.{index}.weight" in tensors:
        x = x if index == 0 else np.maximum(x, 0.0)
        x = tensors[f"{prefix}.{index}.weight"] @ x + tensors[f"{prefix}.{index}.bias"]
        index += 2
    return x


def flow(card: dict[str, Any], tensors: dict[str, Array], prefix: str, sensed: Array, x: Array) -> Array:
    embedding, half, limit = network(tensors, f"{prefix}.embed", sensed), len(x) // 2, card["log_scale_limit"]
    for k in range(card["couplings"]):
        first, second = x[:half], x[half:]
        odd = k % 2 == 1 and half > 0
        passive, active = (second, first) if odd else (first, second)
        seen = np.concatenate([passive, embedding])
        log_scale = limit * np.tanh(network(tensors, f"{prefix}.couplings.{k}.log_scale", seen) / limit)
        active = active * np.exp(log_scale) + network(tensors, f"{prefix}.couplings.{k}.shift", seen)
        x = np.concatenate([active, passive] if odd else [passive, active])
    return x


def gaussian(tensors: dict[str, Array], prefix: str, sensed: Array, x: Array) -> Array:
    mean, raw = np.split(network(tensors, f"{prefix}.network", sensed), 2)
    return mean + np.exp(-1.5 + 3.5 * np.tanh((raw + 1.5) / 3.5)) * x


def mixture(card: dict[str, Any], tensors: dict[str, Array], prefix: str, sensed: Array, x: Array) -> Array:
    count, width = card["components"], len(card["action_names"])
    logits, means, raws = np.split(network(tensors, f"{prefix}.network", sensed), [count, count * (1 + width)])
    weights = np.exp(logits - logits.max()) / np.exp(logits - logits.max()).sum()
    rank = (1.0 + math.erf(x[0] / math.sqrt(2.0))) / 2.0
    chosen = next(k for k in range(count) if k == count - 1 or weights[: k + 1].sum() >= rank)
    mean, raw = (part.reshape(count, width)[chosen] for part in (means, raws))
    return mean + np.exp(-1.5 + 3.5 * np.tanh((raw + 1.5) / 3.5)) * x[1:]


def act(card: dict[str, Any], tensors: dict[str, Array], observation: dict[str, Array], latent: Array) -> Array:
    for index in reversed(range(len(card["layers"]))):
        layer, prefix = card["layers"][index], f"layers.{index}"
        sensed = np.concatenate([observation[group["name"]] for group in layer["groups"]])
        if layer["normalize"]:
            mean, variance = (tensors[f"{prefix}.normalizer.{name}"] for name in ("mean", "variance"))
            sensed = np.clip((sensed - mean) / np.sqrt(variance + 1e-4), -10.0, 10.0)
        transform = f"{prefix}.transform"
        if layer["kind"] == "flow":
            latent = flow(layer, tensors, transform, sensed, latent)
        elif layer["kind"] == "gaussian":
            latent = gaussian(tensors, transform, sensed, latent)
        elif layer["kind"] == "mixture":
            latent = mixture(layer, tensors, transform, sensed, latent)
        elif layer["kind"] == "deterministic":
            latent = network(tensors, f"{transform}.network", sensed) + 0.3 * latent
        else:
            latent = latent + network(tensors, f"{transform}.network", np.concatenate([sensed, latent]))
        latent = np.tanh(latent) if layer["action_bounded"] else latent
    return latent


def value(card: dict[str, Any], tensors: dict[str, Array], observation: dict[str, Array], action: Array) -> float:
    return sum(
        critic["weight"] * min(twins(critic, tensors, f"critics.{index}", observation, action))
        for index, critic in enumerate(card["critics"])
    )


def twins(
    critic: dict[str, Any], tensors: dict[str, Array], prefix: str, observation: dict[str, Array], action: Array
) -> list[float]:
    sensed = np.concatenate([observation[group["name"]] for group in critic["groups"]])
    if critic["normalize"]:
        mean, variance = (tensors[f"{prefix}.normalizer.{name}"] for name in ("mean", "variance"))
        sensed = np.clip((sensed - mean) / np.sqrt(variance + 1e-4), -10.0, 10.0)
    found = []
    for member in range(2):
        x, index = np.concatenate([sensed, action]), 0
        weights = {name: tensor[member] for name, tensor in tensors.items() if name.startswith(f"{prefix}.network")}
        for _ in critic["hidden"]:
            x = x @ weights[f"{prefix}.network.{index}.weight"] + weights[f"{prefix}.network.{index}.bias"][0]
            if critic["layer_norm"]:
                gain, bias = (weights[f"{prefix}.network.{index + 1}.{name}"][0] for name in ("gain", "bias"))
                x = (x - x.mean()) / np.sqrt(x.var() + 1e-5) * gain + bias
            x, index = np.maximum(x, 0.0), index + (3 if critic["layer_norm"] else 2)
        x = x @ weights[f"{prefix}.network.{index}.weight"] + weights[f"{prefix}.network.{index}.bias"][0]
        found.append(float(x[0]))
    return found


# The skills that it reads.


def random_layer(kind: str, groups: tuple[GroupCard, ...], actions: list[str], bounded: bool, hold: int) -> SkillLayer:
    sizes = PolicySizes(
        kind, [8, 6], normalize=bounded, couplings=3, embedding=4, coupling_hidden=5, log_scale_limit=1.5, components=3
    )
    width = sum(group.width for group in groups)
    policy = build_policy(sizes, torch.arange(width), len(actions), squash=bounded)
    with torch.no_grad():
        for parameter in policy.parameters():
            parameter.copy_(0.5 * torch.randn_like(parameter))
    policy.observe(1.0 + 3.0 * torch.randn(50, width))
    card = LayerCard(
        **vars(PolicySizes.of(sizes)),
        groups=list(groups),
        action_names=actions,
        action_bounded=bounded,
        latent_width=policy.width,
        latent_prior="standard-normal",
        hold=hold,
        evaluation_draw="step",
    )
    return SkillLayer(policy.requires_grad_(False).eval(), card)


def random_skill(bottom: str, top: str, width: int) -> Skill:
    torch.manual_seed(0)
    below = random_layer(bottom, BODY, [f"motor_{index}" for index in range(width)], bounded=True, hold=1)
    latents = [f"latent_{index}" for index in range(below.latent_width)]
    layers = (
        below,
        random_layer(top, TASK, latents, bounded=False, hold=3),
    )
    world = WorldCard(
        body=None,
        fingerprint=None,
        task="gym:köln",  # the canonical JSON escapes what is not ASCII
        goal=None,
        goals=[[6.0, -6.0]],
        goal_radius=2.0,
        episode_steps=None,
        rewards=[],
    )
    training = TrainingCard(
        algorithm="sac",
        seed=2**60,
        steps=[10, 20],
        discount=0.99,
        temperature=1e-05,
        recipe={"name": "made_by_hand", "nothing": None, "flag": True},
        versions={"python": "3.11"},
    )
    card = SkillCard(
        format_version=1 if {bottom, top} <= {"flow", "gaussian"} else 2,
        name="made_by_hand",
        layers=[layer.card for layer in layers],
        world=world,
        training=training,
        score={"return": 0.1},
    )
    return Skill(layers, card)


WIDTHS = {"velocity": 2, "rate": 1, "target": 2}
PAIRS = [
    ("flow", "flow", 3),
    ("gaussian", "gaussian", 3),
    ("flow", "gaussian", 1),
    ("gaussian", "flow", 4),
    ("sampler", "sampler", 2),
    ("mixture", "mixture", 2),
    ("deterministic", "deterministic", 2),
]


@pytest.mark.parametrize(("bottom", "top", "width"), PAIRS)
def test_reader_acts_as_skillkit_does_and_finds_the_same_digest(
    tmp_path: Path, bottom: str, top: str, width: int
) -> None:
    path = tmp_path / "skill.safetensors"
    save_skill(path, random_skill(bottom, top, width))
    card, tensors = read(path)
    skill = load_skill(path)
    assert sha256(card, tensors) == card["sha256"] == skill.card.sha256
    rng = np.random.default_rng(0)
    moved = []
    for scale in (1.0, 100.0):  # the second is clipped by the normaliser
        observation = {name: scale * rng.standard_normal(size) for name, size in WIDTHS.items()}
        latent = rng.standard_normal(skill.latent_width)
        expected = skill.act(observation, latent)
        np.testing.assert_allclose(act(card, tensors, observation, latent), expected, rtol=0.0, atol=1e-5)
        moved.append(expected)
    assert np.abs(moved[0] - moved[1]).max() > 1e-2


@pytest.mark.parametrize("layer_norm", [False, True])
def test_reader_finds_the_same_values(tmp_path: Path, layer_norm: bool) -> None:
    skill, path = random_skill("flow", "flow", 3), tmp_path / "skill.safetensors"
    units = {group.name: group.unit for group in (*BODY, *TASK)}
    groups = [GroupCard(name=name, width=size, unit=units[name]) for name, size in WIDTHS.items()]
    cards, critics = [], []
    for weight in (0.25, 0.75):
        cards.append(CriticCard(weight=weight, hidden=[6, 5], layer_norm=layer_norm, normalize=True, groups=groups))
        critic = TwinCritic(5, 3, hidden=[6, 5], layer_norm=layer_norm, normalize=True)
        with torch.no_grad():
            for parameter in critic.parameters():
                parameter.copy_(0.5 * torch.randn_like(parameter))
        critic.normalizer.observe(1.0 + 3.0 * torch.randn(50, 5))
        critics.append(critic.requires_grad_(False))
    card = skill.card.model_copy(update={"format_version": 2, "critics": cards})
    save_skill(path, Skill(skill.layers, card, tuple(critics)))
    document, tensors = read(path)
    assert sha256(document, tensors) == document["sha256"]
    loaded, rng = load_skill(path), np.random.default_rng(0)
    observation = {name: rng.standard_normal(size) for name, size in WIDTHS.items()}
    action = rng.standard_normal(3)
    expected = value(document, tensors, observation, action)
    assert loaded.action_value(observation, action[None])[0] == pytest.approx(expected, abs=1e-5)


def test_reader_finds_the_targets_and_boxes_of_a_world(tmp_path: Path) -> None:
    skill, path = random_skill("flow", "flow", 3), tmp_path / "skill.safetensors"
    save_skill(path, skill)
    assert not {"count", "box_mass"} & set(read(path)[0]["world"])
    world = skill.card.world.model_copy(update={"body": "ball", "task": "move-box", "count": 2, "box_mass": 5.0})
    save_skill(path, Skill(skill.layers, skill.card.model_copy(update={"format_version": 3, "world": world})))
    card, tensors = read(path)
    assert sha256(card, tensors) == card["sha256"] == load_skill(path).card.sha256
    assert (card["format_version"], card["world"]["count"], card["world"]["box_mass"]) == (3, 2, 5.0)


def test_reader_finds_the_same_digest_of_a_body_of_ones_own(tmp_path: Path) -> None:
    skill, path = random_skill("flow", "flow", 3), tmp_path / "skill.safetensors"
    own = {"name": "robot", "mjcf": "<mujoco/>\n", "root": "torso", "healthy": {"height": [0.1, 1.0]}}
    changes = {"body": "robot", "task": "open", "own_body": BodyDescription.model_validate(own)}
    world = WorldCard.model_validate({**vars(skill.card.world), **changes})
    save_skill(path, Skill(skill.layers, skill.card.model_copy(update={"format_version": 3, "world": world})))
    card, tensors = read(path)
    assert sha256(card, tensors) == card["sha256"] == load_skill(path).card.sha256
    assert card["world"]["own_body"] == {
        **own,
        "description": "",
        "joints": None,
        "sensors": None,
        "motors": None,
        "nominal": {"height": None, "joints": {}},
        "healthy": {"height": [0.1, 1.0], "tilt": 75.0},
        "scale": 1.0,
        "time_step": 0.05,
    }


def test_any_change_of_card_or_tensor_changes_the_digest(tmp_path: Path) -> None:
    path = tmp_path / "skill.safetensors"
    save_skill(path, random_skill("flow", "flow", 3))
    card, tensors = read(path)
    assert sha256({**card, "name": "other"}, tensors) != card["sha256"]
    count = "layers.0.normalizer.count"
    assert sha256(card, {**tensors, count: tensors[count] + 1.0}) != card["sha256"]


def decide(
    card: dict[str, Any],
    tensors: dict[str, Array],
    observation: dict[str, Array],
    before: Array,
    begun: float,
    noise: Array,
) -> tuple[Array, Array]:
    """Motor commands and latent of a hierarchy after the latent `before`, from noise for the latent and the motors."""
    low, high = card["layers"]
    sensed = [standardised(layer, tensors, index, observation) for index, layer in enumerate((low, high))]
    shift, raw = np.split(network(tensors, "layers.1.network", np.concatenate([sensed[1], before, [begun]])), 2)
    spread = math.sqrt(1.0 - high["coefficient"] ** 2) if begun else 1.0
    of_latent, of_motors = np.split(noise, [len(before)])
    latent = begun * high["coefficient"] * before + spread * shift + spread * np.exp(2 * np.tanh(raw / 2)) * of_latent
    mean, raw = np.split(network(tensors, "layers.0.network", np.concatenate([sensed[0], latent])), 2)
    return np.tanh(mean + np.exp(-1.5 + 3.5 * np.tanh((raw + 1.5) / 3.5)) * of_motors), latent


def standardised(layer: dict[str, Any], tensors: dict[str, Array], index: int, observation: dict[str, Array]) -> Array:
    sensed = np.concatenate([observation[group["name"]] for group in layer["groups"]])
    mean, variance = (tensors[f"layers.{index}.normalizer.{name}"] for name in ("mean", "variance"))
    return np.clip((sensed - mean) / np.sqrt(variance + 1e-4), -10.0, 10.0)


@pytest.mark.parametrize("drawn", [True, False])
def test_reader_plays_a_hierarchy_of_which_each_latent_goes_on_from_the_last(goto_file: Path, drawn: bool) -> None:
    card, tensors = read(goto_file)
    assert sha256(card, tensors) == card["sha256"]
    skill, random = load_skill(goto_file), np.random.default_rng(0)
    low, high = (layer.policy for layer in skill.layers)
    assert isinstance(low, LowLevel)
    assert isinstance(high, HighLevel)
    layout = Layout(tuple(skill.groups))
    for level, layer in zip((low, high), skill.layers, strict=True):
        level.columns = torch.from_numpy(layout.indices(layer.layout.names))
    actor = HierarchicalActor(HierarchicalPolicy(high, low, None, None), mean=not drawn)
    state, before = actor.initial_state(1), np.zeros(4, np.float32)
    generator, same = torch.Generator().manual_seed(5), torch.Generator().manual_seed(5)
    for step in range(3):
        seen = {group.name: random.normal(size=group.width).astype(np.float32) for group in skill.groups}
        flat = torch.from_numpy(np.concatenate([seen[name] for name in layout.names])[None])
        expected, state = actor.act(flat, state, generator)
        noise = torch.randn(1, 4 + len(skill.motors), generator=same)[0].numpy() * drawn
        motors, before = decide(card, tensors, seen, before, float(step > 0), noise)
        assert motors == pytest.approx(expected[0].numpy(), abs=1e-5)
        assert before == pytest.approx(state["latent"][0].numpy(), abs=1e-5)
