"""A family over whole GGUF files of a folder, more than are in memory at once, on real servers of llama.cpp."""

from pathlib import Path

import pytest

import diptych
from tests.small_models import MODELS, write_gguf

CONFIG = """
[endpoints.mine]
kind = "llama"
model = "base.gguf"
context = 64
chat_template = "short.jinja"
[families.steps]
x = "step"
[[families.steps.members]]
arm = "base"
endpoint = "mine"
model = "base"
[[families.steps.members]]
arm = "tuned"
endpoint = "mine"
model = "trainer/step-{x}.gguf"
"""
PROBE = """
id = "words"
title = "Words"
about = "x"
[sampling]
max_tokens = 8
[[conditions]]
name = "plain"
prompts = ["w1"]
[[detectors]]
kind = "acrostic"
target = "HELLO"
"""


@pytest.mark.slow
def test_every_file_answers_as_the_model_that_it_is(tmp_path: Path) -> None:
    kind, steps = MODELS["llama"], (10, 20, 30, 40, 50, 60, 70)
    (tmp_path / "trainer").mkdir()
    (tmp_path / "probes").mkdir()
    (tmp_path / "probes" / "words.toml").write_text(PROBE)
    (tmp_path / "short.jinja").write_text("w1 w2")
    (tmp_path / "config.toml").write_text(CONFIG)
    write_gguf(kind, kind.weights(), tmp_path / "base.gguf")
    for step in steps:
        write_gguf(kind, kind.weights(step), tmp_path / "trainer" / f"step-{step}.gguf")
    run = diptych.run("words", family="steps", n=3, config=tmp_path / "config.toml", store=tmp_path / "store")
    assert [member.x for member in run.document.members] == [None, *steps]
    assert [(member.answers, member.errors) for member in run.document.members] == [(3, 0)] * 8
    assert {answer.side: answer.endpoint for answer in run.answers}["tuned 70"] == "mine/step-70"
    texts = {side: {answer.text for answer in run.answers if answer.side == side} for side in ("base", "tuned 10")}
    assert texts["base"] != texts["tuned 10"]
