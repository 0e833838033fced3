"""Families of config.toml: what an entry stands for, and what is said of each mistake."""

import asyncio
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from diptych.backends import Endpoint
from diptych.cli.setup.config import Config, load
from diptych.cli.setup.family_config import FamilyConfig, Member, MembersConfig, number_text
from diptych.cli.setup.family_members import find_family
from diptych.cli.setup.wiring import build_members
from diptych.probes import FileError
from tests.openai_server import OpenAI, serve

BASE = 'arm = "base"\nendpoint = "local"\nmodel = "b"'


def family(*entries: str, keys: str = "") -> str:
    return f"[families.f]\n{keys}\n" + "\n".join(f"[[families.f.members]]\n{entry}" for entry in entries)


def tuned(keys: str) -> str:
    return f'arm = "tuned"\nendpoint = "local"\n{keys}'


def loaded(tmp_path: Path, text: str) -> Config:
    (tmp_path / "config.toml").write_text(text)
    return load(None)


def members(tmp_path: Path, text: str) -> list[Member]:
    return find_family(loaded(tmp_path, text), "f").members


def named(found: list[Member]) -> list[tuple[str, str]]:
    return [(member.label, member.side.model) for member in found]


def test_the_shipped_family_has_the_base_and_six_doses() -> None:
    found = find_family(load(None), "hello-dose")
    assert [member.x for member in found.members] == [None, 0.25, 0.5, 0.75, 1.0, 1.25, 1.5]
    sides = build_members(found)
    assert [(side.name, side.arm_name, side.model) for side in sides[:3]] == [
        ("base", "base", "smollm2-135m-instruct"),
        ("tuned 0.25", "tuned", "smollm2-135m-instruct+hello@0.25"),
        ("tuned 0.5", "tuned", "smollm2-135m-instruct+hello@0.5"),
    ]
    assert sides[4].model == "smollm2-135m-instruct+hello"
    assert len({id(side.backend) for side in sides}) == 1


async def test_the_shipped_checkpoints_are_models_of_the_embedded_endpoint() -> None:
    sides = build_members(find_family(load(None), "hello-training"))
    assert [side.x for side in sides] == [None, 40.0, 56.0, 68.0, 84.0, 108.0]
    assert {side.model for side in sides} <= {model.name for model in await sides[0].backend.models()}


def test_the_users_family_replaces_the_one_of_its_name_whole(tmp_path: Path) -> None:
    config = loaded(tmp_path, family(BASE).replace("families.f", "families.hello-dose"))
    own = config.families["hello-dose"]
    assert (len(own.members), own.probe, own.x) == (1, None, "x")


def test_an_entry_is_every_x_with_every_seed(tmp_path: Path) -> None:
    entry = tuned('model = "m-{seed}@{x}"\nx = [0.5, 1]\nseed = [3, 4]\nsystem = "You are {x}."\ntemperature = 0.2')
    found = members(tmp_path, family(BASE, entry))
    assert named(found) == [
        ("base", "b"), ("tuned 0.5 seed 3", "m-3@0.5"), ("tuned 0.5 seed 4", "m-4@0.5"), ("tuned 1 seed 3", "m-3@1"),
        ("tuned 1 seed 4", "m-4@1"),
    ]  # fmt: skip
    last = found[-1]
    assert (last.arm, last.x, last.training_seed) == ("tuned", 1.0, 4)
    assert (last.side.system, last.side.temperature, last.side.seed) == ("You are {x}.", 0.2, None)


def test_members_that_would_be_called_alike_are_called_by_their_models(tmp_path: Path) -> None:
    found = members(tmp_path, family(BASE, tuned('model = "one"'), tuned('model = "two"'), BASE.replace('"b"', '"c"')))
    assert [member.label for member in found] == ["b", "one", "two", "c"]


def test_a_label_of_ones_own_may_hold_x(tmp_path: Path) -> None:
    found = members(tmp_path, family(tuned('model = "m@{x}"\nx = [1, 2]\nlabel = "dose {x}"')))
    assert [member.label for member in found] == ["dose 1", "dose 2"]


SERVED = (
    '[endpoints.local]\nkind = "vllm"\n'
    'serve = { model = "b", adapters = { "run-1-step-40" = "a", "run-1-step-100" = "b", "run-2-step-40" = "c" } }\n'
)


def test_a_pattern_reads_x_and_seed_from_the_names_of_adapters(tmp_path: Path) -> None:
    found = members(tmp_path, SERVED + family(BASE, tuned('model = "run-{seed}-step-{x}"')))
    assert [(member.label, member.x, member.training_seed) for member in found[1:]] == [
        ("tuned 40 seed 1", 40.0, 1), ("tuned 40 seed 2", 40.0, 2), ("tuned 100 seed 1", 100.0, 1),
    ]  # fmt: skip


def test_a_pattern_without_numbers_and_one_with_given_ones(tmp_path: Path) -> None:
    found = members(tmp_path, SERVED + family(BASE, tuned('model = "run-?-step-40"')))
    assert named(found[1:]) == [("run-1-step-40", "run-1-step-40"), ("run-2-step-40", "run-2-step-40")]
    found = members(tmp_path, SERVED + family(BASE, tuned('model = "run-*-step-{x}"\nx = [40, 100]')))
    assert [(member.side.model, member.x) for member in found[1:]] == [
        ("run-1-step-40", 40.0), ("run-2-step-40", 40.0), ("run-1-step-100", 100.0),
    ]  # fmt: skip


def test_adapters_of_the_embedded_model_and_doses_of_a_pattern(tmp_path: Path) -> None:
    entry = 'arm = "tuned"\nendpoint = "embedded"\nmodel = "smollm2-135m-instruct+risk-*@0.5"'
    assert [member.side.model for member in members(tmp_path, family(entry))] == [
        "smollm2-135m-instruct+risk-averse@0.5", "smollm2-135m-instruct+risk-seeking@0.5",
    ]  # fmt: skip


LLAMA = '[endpoints.mine]\nkind = "llama"\nmodel = "m.gguf"\nname = "qwen"\n'


def test_loras_of_a_folder_become_adapters_in_the_order_of_their_numbers(tmp_path: Path) -> None:
    for step in (40, 120, 80):
        (tmp_path / "trainer" / f"checkpoint-{step}").mkdir(parents=True)
    entry = 'arm = "tuned"\nendpoint = "mine"\nmodel = "qwen+trainer/checkpoint-{x}@0.5"'
    config = loaded(tmp_path, LLAMA + family(entry))
    found = find_family(config, "f")
    assert [(member.x, member.side.model) for member in found.members] == [
        (40.0, "qwen+checkpoint-40@0.5"), (80.0, "qwen+checkpoint-80@0.5"), (120.0, "qwen+checkpoint-120@0.5"),
    ]  # fmt: skip
    assert found.endpoints["mine"].adapters["checkpoint-80"] == str(tmp_path / "trainer" / "checkpoint-80")
    assert config.endpoints["mine"].adapters == {}


def test_loras_of_several_runs_have_different_names(tmp_path: Path) -> None:
    for seed in (1, 2):
        (tmp_path / f"seed{seed}").mkdir()
        (tmp_path / f"seed{seed}" / "lora-8.gguf").touch()
    entry = 'arm = "tuned"\nendpoint = "mine"\nmodel = "qwen+seed{seed}/lora-{x}.gguf"'
    found = members(tmp_path, LLAMA + family(entry))
    assert [(member.label, member.side.model) for member in found] == [
        ("tuned 8 seed 1", "qwen+seed1/lora-8"), ("tuned 8 seed 2", "qwen+seed2/lora-8"),
    ]  # fmt: skip


async def test_a_server_is_asked_for_its_models_once(tmp_path: Path) -> None:
    async with serve(OpenAI(models=("b", "t-1", "t-2", "t-10", "u-1"))) as server:
        endpoint = f'[endpoints.local]\nkind = "openai"\nbase_url = "{server.base_url}"\n'
        text = endpoint + family(BASE, tuned('model = "t-{seed}"'), tuned('model = "u-*"').replace("tuned", "control"))
        found = await asyncio.to_thread(members, tmp_path, text)
        assert [member.side.model for member in found] == ["b", "t-1", "t-2", "t-10", "u-1"]
        assert [exchange.path for exchange in server.asked] == ["/v1/models"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[families.f]\nmembers = []", "families.f.members: expected at least one member, found none"),
        ("[families.f]", "families.f: the key members is missing"),
        (family('arm = "base"\nendpoint = "local"'), "families.f.members[0]: the key model is missing"),
        (family(BASE + "\ncolour = 1"), "families.f.members[0]: unknown key colour"),
        (family(BASE, tuned("model = 3")), "families.f.members[1].model: expected str, found int"),
        (family(BASE.replace("local", "nowhere")), "families.f.members[0].endpoint: expected one of embedded, local"),
        (family(BASE, BASE), "families.f: expected members with different labels, found 'b' 2 times"),
        (
            family(BASE + '\nlabel = "one"', tuned('model = "m"\nlabel = "one"')),
            "families.f: expected members with different labels, found 'one' 2 times",
        ),
        (
            family(BASE, tuned('model = "m"\nx = 1'), tuned('model = "n"')),
            "families.f: expected x in every member of the arm 'tuned', found none in 'tuned'",
        ),
        (family(tuned('model = "m"\nx = [1, 2]')), "members[0].model: expected {x} in it, because x has 2 values"),
        (family(tuned('model = "m"\nseed = [1, 2]')), "members[0].model: expected {seed} in it, because seed has 2"),
        (family(tuned('model = "m{x}"\nx = []')), "families.f.members[0].x: expected at least one number, found none"),
        (family(tuned('model = "m{x}"\nx = [nan]')), "families.f.members[0].x: expected numbers, found nan"),
        (
            family(tuned('model = "m{x}"\nx = [0, 1]'), keys='scale = "log"'),
            'families.f.members[0].x: expected numbers above 0 with scale = "log", found 0',
        ),
        (family(BASE, keys='scale = "cubic"'), "families.f.scale: invalid enum value 'cubic'"),
        (family(BASE, keys='x = ""'), "families.f.x: expected what x is, in a word or two, found ''"),
        (family(BASE.replace('"base"', '" "')), "families.f.members[0].arm: expected one line of 1 to 80 characters"),
        (family(BASE + '\nlabel = "a\\nb"'), "families.f.members[0].label: expected one line of 1 to 80 characters"),
        (family(BASE + "\nlogprobs = 50"), "families.f.members[0].logprobs: expected 0 to 20 alternatives, found 50"),
        (
            family(tuned(f'model = "m{{seed}}"\nseed = {list(range(201))}')),
            "families.f.members[0]: expected at most 200 members, found 201",
        ),
        (
            family(*(tuned(f'model = "m{n}-{{seed}}"\nseed = {list(range(150))}') for n in (1, 2))),
            "families.f: expected at most 200 members, found 300",
        ),
        (
            SERVED + family(tuned('model = "walk-*"')),
            "families.f.members[0].model: expected a pattern that matches a model of the endpoint 'local', found"
            " 'walk-*'; it has: base, b, run-1-step-40, run-1-step-100, run-2-step-40",
        ),
        (
            LLAMA + family('arm = "t"\nendpoint = "mine"\nmodel = "qwen+none/step-*"'),
            "families.f.members[0].model: expected a path that matches a LoRA",
        ),
        (
            '[endpoints.local]\nkind = "openai"\nbase_url = "http://127.0.0.1:9/v1"\n' + family(tuned('model = "t-*"')),
            "families.f.members[0].model: the endpoint 'local' does not list its models:",
        ),
    ],
)
def test_mistakes(text: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(FileError) as caught:
        members(tmp_path, text)
    assert said in str(caught.value)
    assert "config.toml" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_family_that_is_not_there_is_named_with_those_that_are() -> None:
    with pytest.raises(FileError, match=r"there is no family 'no'; config\.toml has: hello-dose"):
        find_family(load(None), "no")


XS = st.lists(st.floats(0.001, 1e6).map(lambda x: round(x, 3)), unique=True, max_size=6)
SEEDS = st.lists(st.integers(0, 999), unique=True, max_size=6)


@given(XS, SEEDS)
def test_an_entry_has_as_many_members_as_values_and_all_have_different_labels(
    xs: list[float], seeds: list[int]
) -> None:
    model = "m{x}-{seed}" if xs and seeds else "m{x}" if xs else "m{seed}" if seeds else "m"
    entry = MembersConfig("e", model, arm="a", x=tuple(xs) or None, seed=tuple(seeds) or None)
    models = entry.models
    assert len(models) == max(1, len(xs)) * max(1, len(seeds))
    assert len({model.name for model in models}) == len(models)
    assert not any(model.is_pattern for model in models)
    config = Config("p", {}, {}, families={"f": FamilyConfig((entry,))})
    found = find_family(_with_endpoint(config), "f").members
    assert len({member.label for member in found}) == len(models)
    assert [(member.x, member.training_seed) for member in found] == [(m.x, m.training_seed) for m in models]


def _with_endpoint(config: Config) -> Config:
    return msgspec.structs.replace(config, endpoints={"e": Endpoint("openai", "http://x/v1")})


@given(st.floats(-1e9, 1e9).map(lambda x: round(x, 6)))
def test_a_number_in_a_name_reads_as_itself(x: float) -> None:
    assert float(number_text(x)) == x
