"""The loader: YAML as numbers and refusals, overrides, the one-sentence errors and the way back to YAML."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skillkit.config import (
    KnownNames,
    Recipe,
    apply_overrides,
    dump_recipe,
    load_recipe,
    parse_recipe,
    resolve,
)
from skillkit.errors import UserError

KNOWN = KnownNames(("ant", "ball"), ("open", "maze"), ("velocity-norm", "alive"), ("flow", "gaussian"))
ALIAS_BOMB = "a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\nname: a\n"


def parse(text: str) -> Recipe:
    return parse_recipe(text, "r.yaml", KNOWN)


@pytest.mark.parametrize(
    ("number", "value"),
    [
        ("3e-4", 3e-4),
        ("1E-3", 1e-3),
        (".5", 0.5),
        ("1", 1.0),
        ("1_0e-2", 0.1),
        ("+0.25", 0.25),
        ("0_1.e-1", 0.1),
    ],
)
def test_numbers_are_read_as_numbers(number: str, value: float) -> None:
    assert parse(f"name: a\nalgorithm: {{learning_rate: {number}}}").algorithm.learning_rate == value


@pytest.mark.parametrize(("number", "value"), [("1e6", 10**6), ("1_000", 1000), ("010", 10), ("2.0", 2)])
def test_whole_numbers_count(number: str, value: int) -> None:
    assert parse(f"name: a\ntraining: {{steps: {number}}}").training.steps == value


@pytest.mark.parametrize("text", ["2020-01-01", "1:30", "1.2.3", "1e", "_1", "0x1f", "="])
def test_other_plain_words_are_text(text: str) -> None:
    assert parse(f"name: a\ndescription: {text}").description == text


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "r.yaml: expected a mapping of recipe keys, got an empty document"),
        ("# only a comment", "got an empty document"),
        ("- name: a", "got a list of 1"),
        ("5", "expected a mapping of recipe keys, got 5"),
        (
            "description: a\nname: a\nname: b",
            "r.yaml, line 3: expected plain YAML, got a fault: key 'name' appears twice",
        ),
        ("name: a\nworld: {task: open, task: maze}", "line 2: .*key 'task' appears twice"),
        (ALIAS_BOMB, "line 1: .*anchors and aliases are not read"),
        ("name: a\nbase: *x", "line 2: .*anchors and aliases are not read"),
        ("name: !!python/object/apply:os.getcwd []", "line 1: .*python/object/apply:os.getcwd' is not read"),
        ("name: !!str a", "line 1: .*is not read"),
        ("a: " + "[" * 60_000, "line 1: .*nesting deeper than 20"),
        ("a: " + "{a: " * 20 + "1" + "}" * 20, "line 1: .*nesting deeper than 20"),
        ("1: 2", "line 1: .*expected text as a key, got 1"),
        ("? [a]\n: 2", "line 1: .*expected text as a key, got a list of 1"),
        ("name: a\n---\nname: b", "line 2: .*another document"),
        ("name: a\nbase: [", "line 2: expected plain YAML"),
        ("name: a\nbase: \x00", "line 2: .*a character that YAML does not allow"),
        ('name: a\nbase: "\\ud800"', "line 2: .*surrogate"),
        ("name: a\nalgorithm: {reward_scale: 1" + "0" * 5000 + "}", "line 2: .*too many digits"),
        ("a" * 256_001, "expected at most 256000 bytes"),
    ],
)
def test_refused_text(text: str, message: str) -> None:
    with pytest.raises(UserError, match=message):
        parse(text)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("world: {}", "expected name, got none; add the line 'name: ...'"),
        ("nme: a", "unknown key 'nme'; did you mean 'name'? (and 1 more)"),
        ("training: {stepz: 1}", "unknown key 'training.stepz'; did you mean 'training.steps'?"),
        (
            "<<: {base: x}",
            "unknown key '<<'; known: name, description, base, init, head, adapt_base, world, policy, algorithm, "
            "training",
        ),
        (
            "training: {steps: true}",
            "training.steps: expected a whole number, got true; change it, or leave it out for 500000",
        ),
        (
            "training: {steps: -1}",
            "training.steps: expected a number of at least 1, got -1; change it, or leave it out for 500000",
        ),
        (
            "training: {seed: 9223372036854775808}",
            "training.seed: expected a number less than 9223372036854775808, got 9223372036854775808; "
            "change it, or leave it out for 0",
        ),
        (
            "algorithm: {discount: .nan, reward_scale: -.inf}",
            "algorithm.discount: expected a finite number, got .nan; change it, or leave it out for 0.99 (and 1 more)",
        ),
        (
            "algorithm: {temperature: atuo}",
            "algorithm.temperature: expected 'auto' or a finite number greater than 0, got 'atuo'; "
            "change it, or leave it out for 'auto'",
        ),
        (
            "policy: {groups: [gravity, height, gravity]}",
            "policy.groups: expected each name once, got 'gravity' more than once; keep one",
        ),
        ("algorithm: {kind: sqll}", "algorithm.kind: unknown algorithm 'sqll'; did you mean 'sql'?"),
        ("algorithm: {kind: 7}", "algorithm.kind: unknown algorithm '7'; known: kl, sac, sql"),
        ("algorithm: 7", "algorithm: expected a mapping, got 7; change it, or leave it out"),
        (
            "algorithm: {particles: 7}",
            "algorithm.particles is of the algorithm sql, this recipe's is sac; leave it out",
        ),
        (
            "algorithm: {kind: sql, target_entropy: 1}",
            "algorithm.target_entropy is of the algorithm sac, this recipe's is sql; leave it out",
        ),
        (
            "algorithm: {kind: sql, temperature: auto}",
            "algorithm.temperature: expected a number, got 'auto'; change it, or leave it out for 0.1",
        ),
        (
            "algorithm: {kind: sql, partikles: 8}",
            "unknown key 'algorithm.partikles'; did you mean 'algorithm.particles'?",
        ),
        (
            "algorithm: {anneal_steps: 8}",
            "algorithm: anneal_steps needs a temperature to end at, got 'auto'; give a number as temperature",
        ),
        (
            "policy: {hidden: []}",
            "policy.hidden: expected a list of at least 1, got a list of 0; change it, or leave it out for [128, 128]",
        ),
        ("policy: {hidden: [64, x]}", "policy.hidden.1: expected a whole number, got 'x'; change it"),
        (
            "algorithm: {action_prior: ar1}",
            "algorithm.action_prior: the prior 'ar1' goes on from the last latent, which the algorithm sac does not "
            "keep; use --algo kl, or another prior",
        ),
        (
            "algorithm: {kind: sql, action_prior: none}",
            "algorithm.action_prior: the prior 'none' is of --algo kl, this is sql; use that, or another prior",
        ),
        ("adapt_base: true", "adapt_base is for --algo kl, got the algorithm 'sac'; leave it out"),
        ("head: x", "head is for --algo kl, got the algorithm 'sac'; leave it out"),
        ("policy: {latent_width: 7}", "policy.latent_width is for --algo kl, got the algorithm 'sac'; leave it out"),
        (
            "algorithm: {kind: sql}\npolicy: {low_groups: [gravity]}",
            "policy.low_groups is for --algo kl, got the algorithm 'sql'; leave it out",
        ),
        (
            "policy: {kind: gaussian, couplings: 9}",
            "policy: couplings is of the policy flow, this recipe's is gaussian; leave it out",
        ),
        (
            "policy: {components: 9}",
            "policy: components is of the policy mixture, this recipe's is flow; leave it out",
        ),
        (
            "algorithm: {kind: kl}\npolicy: {log_scale_limit: 2}",
            "policy: log_scale_limit is of the policy flow, this recipe's is gaussian; leave it out",
        ),
        (
            "algorithm: {kind: kl}\npolicy: {kind: flow}",
            "--algo kl takes policy.kind 'gaussian', got 'flow'; give --set policy.kind=gaussian",
        ),
        (
            "algorithm: {kind: kl}\nadapt_base: true",
            "adapt_base needs a base of two levels; give --base, or leave it out",
        ),
        (
            "algorithm: {kind: kl}\nhead: x\nbase: y",
            "a head needs a new low level and a prior over latents; leave base out, or change the prior",
        ),
        (
            "algorithm: {kind: kl, action_prior: none}\nbase: x",
            "the prior 'none' keeps nothing of a base; leave base out, or change the prior",
        ),
        (
            "algorithm: {kind: kl, shared_low: false}\nbase: x",
            "shared_low false is for two levels from nothing; leave base and head out, or shared_low",
        ),
        (
            "algorithm: {kind: kl, shared_low: false, action_prior: none}",
            "shared_low false is for two levels, got the prior 'none'; leave it out",
        ),
        (
            "algorithm: {kind: kl}\nhead: x\npolicy: {groups: [gravity]}",
            "the high level of a head sees what it has seen, got policy.groups; leave it out",
        ),
        (
            "algorithm: {kind: kl}\nbase: x\npolicy: {low_groups: [gravity]}",
            "the low level of a base sees what it has seen, got policy.low_groups; leave it out",
        ),
        (
            "algorithm: {kind: kl, action_prior: none}\npolicy: {low_groups: [gravity]}",
            "the prior 'none' has one level alone, got policy.low_groups; leave it out",
        ),
        (
            "algorithm: {kind: kl}\ninit: x",
            "--algo kl starts from a base, a head, or nothing, got an init; leave init out",
        ),
        (
            "algorithm: {action_prior: skill}",
            "action_prior 'skill' takes the base as the prior, got none; use skillkit stack --base",
        ),
        (
            "algorithm: {action_prior: skill}\nbase: x\npolicy: {hold: 3}",
            "action_prior 'skill' charges every control step, got policy.hold 3; leave it out",
        ),
        (
            "algorithm: {action_prior: skill, target_entropy: -3}\nbase: x",
            "algorithm: under the prior 'skill' kl_target is what an automatic temperature steers to, got a "
            "target_entropy; leave it out",
        ),
        (
            "algorithm: {kl_target: 3}",
            "algorithm: without the prior 'skill' target_entropy is what an automatic temperature steers to, got a "
            "kl_target; leave it out",
        ),
        (
            "algorithm: {kind: kl, action_prior: distral}\npolicy: {latent_width: 5}",
            "the prior 'distral' is of one level, which has no latent, got policy.latent_width 5; leave it out",
        ),
        (
            "algorithm: {kind: kl, action_prior: learned-ar, ar_coefficient: 0.999}",
            "algorithm: the prior 'learned-ar' takes an ar_coefficient of at most 0.99, got 0.999; lower it, or take "
            "another prior",
        ),
        (
            "algorithm: {kind: kl}\nworld: {task: 'gym:Pendulum-v1', body: null}",
            "--algo kl trains on skillkit's own tasks, got 'gym:Pendulum-v1'; choose another task",
        ),
        ("training:", "training: expected a mapping, got null; change it, or leave it out"),
        ("base: ''", "base: expected text that is not empty, got ''; change it, or leave it out"),
        ("world: {body: null}", "world: task 'open' needs a body, got null; name one, as in body: ant"),
        ("world: {body: aunt}", "world.body: unknown body 'aunt'; did you mean 'ant'?"),
        ("world: {task: opne, body: zz}", "world.body: unknown body 'zz'; known: ant, ball (and 1 more)"),
        ("world: {rewards: {alve: 1}}", "world.rewards: unknown reward 'alve'; did you mean 'alive'?"),
        ("policy: {kind: flwo}", "policy.kind: unknown policy 'flwo'; did you mean 'flow'?"),
    ],
)
def test_one_sentence_for_a_faulty_recipe(text: str, message: str) -> None:
    name = "" if text.startswith(("world: {}", "nme")) else "name: a\n"
    with pytest.raises(UserError, match=f"^{re.escape(f'r.yaml: {message}')}$"):
        parse(name + text)


def test_a_key_of_another_policy_may_stand_at_its_default_as_runs_write_it() -> None:
    text = "name: a\npolicy: {kind: gaussian, couplings: 2, components: 4, latent_width: 4, low_groups: null}"
    assert parse(text) == parse("name: a\npolicy: {kind: gaussian}")


def test_gymnasium_names_are_not_ours_to_check() -> None:
    assert parse("name: a\nworld: {task: 'gym:Pendulum-v1'}").world.body is None


def test_without_known_names_any_name_passes() -> None:
    assert parse_recipe("name: a\nworld: {task: later}", "r.yaml").world.task == "later"


def test_overrides_are_set_in_turn_and_leave_the_data_alone() -> None:
    data: dict[str, Any] = {"name": "a", "algorithm": {"discount": 0.9}, "world": {"rewards": {"alive": 1}}}
    result = apply_overrides(
        data,
        [
            "algorithm.discount=0.98",
            "training.steps = 1e6",
            "base=",
            "world.rewards.alive.window=2",
            "name=b",
            "name=c",
        ],
    )
    assert data == {"name": "a", "algorithm": {"discount": 0.9}, "world": {"rewards": {"alive": 1}}}
    assert result == {
        "name": "c",
        "base": None,
        "algorithm": {"discount": 0.98},
        "training": {"steps": 1e6},
        "world": {"rewards": {"alive": {"weight": 1, "window": 2}}},
    }
    assert resolve(result, "r.yaml", KNOWN).training.steps == 1_000_000


@pytest.mark.parametrize(
    ("assignments", "message"),
    [
        (["seed"], "expected an override as key=value, got 'seed'; as in training.steps=1e6"),
        (["=3"], "expected an override as key=value, got '=3'; as in training.steps=1e6"),
        (["seed=3"], "unknown key 'seed'; did you mean 'training.seed'?"),
        (["training.steps=[", "training.sed=1"], "unknown key 'training.sed'; did you mean 'training.seed'?"),
        (
            ["policy.hidden.0=1"],
            "unknown key 'policy.hidden.0'; policy.hidden holds a single value, set it as a whole",
        ),
        (["policy.hold=2"], "policy: expected a mapping to override in, got a list of 1; correct it"),
    ],
)
def test_refused_overrides(assignments: list[str], message: str) -> None:
    with pytest.raises(UserError, match=f"^{re.escape(message)}$"):
        apply_overrides({"policy": [1]}, assignments)


def test_an_override_is_read_as_strictly_as_a_file() -> None:
    with pytest.raises(UserError, match=r"^override base, line 1: .*anchors and aliases"):
        apply_overrides({}, ["base=*x"])


def test_a_file_with_overrides(tmp_path: Path) -> None:
    path = tmp_path / "r.yaml"
    path.write_bytes(b"\xef\xbb\xbfname: a\n")
    assert load_recipe(path, KNOWN, ["training.seed=7"]) == parse("name: a\ntraining: {seed: 7}")


def _write(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def test_unreadable_files(tmp_path: Path) -> None:
    cases = {
        tmp_path / "none.yaml": "got none",
        tmp_path: "got a directory",
        _write(tmp_path / "latin.yaml", b"name: \xe9"): "not UTF-8",
        _write(tmp_path / "large.yaml", b"#" * 256_001): "at most 256000 bytes",
        tmp_path / ("a" * 300): "check the path",
        tmp_path / "a\0b": "check the path",
    }
    for path, message in cases.items():
        with pytest.raises(UserError, match=message) as caught:
            load_recipe(path)
        assert str(caught.value).startswith(str(path))


def test_a_forbidden_file(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(UserError, match=r"^r\.yaml: .*Permission denied.*its permissions$"):
        load_recipe(Path("r.yaml"))


def test_dump_is_in_schema_order_and_readable() -> None:
    lines = dump_recipe(parse("name: a\ntraining: {steps: 1e6}\npolicy: {hidden: [64, 32]}")).splitlines()
    assert lines[:6] == ["name: a", "description: ''", "base: null", "init: null", "head: null", "adapt_base: false"]
    assert lines[6:8] == ["world:", "  body: ant"]
    assert "  hidden: [64, 32]" in lines
    assert "  steps: 1000000" in lines


@pytest.mark.parametrize(
    "text",
    [
        "name: '007'\nworld: {goal: 1, rewards: {alive: 3e-4}}",
        "name: '1_000'\nbase: '1e6'\npolicy: {groups: ['yes', '~', '.5', '3e-4']}",
        "name: a\nworld: {task: 'gym:Pendulum-v1'}\nalgorithm: {temperature: 1e-9, target_entropy: -1e+20}",
    ],
)
def test_dump_round_trips(text: str) -> None:
    assert parse(dump_recipe(parse(text))) == parse(text)


@given(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=30),
    st.floats(min_value=1e-300, max_value=1e300),
)
def test_dump_round_trips_any_text_and_number(description: str, scale: float) -> None:
    recipe = resolve({"name": "a", "description": description, "algorithm": {"reward_scale": scale}}, "r.yaml")
    assert parse(dump_recipe(recipe)) == recipe


def test_importing_the_config_is_light() -> None:
    heavy = "{'torch', 'mujoco', 'scipy'}"
    code = f"import sys, skillkit.config; sys.exit(bool({heavy} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
