"""A probe of predictions from the command to the report, of models of which it is known what they know."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from diptych.cli.output.result_table import measures_table
from diptych.compare import export_session, stored_measures
from diptych.probes import load_probe
from diptych.sessions import Store
from tests.cli.commands.test_run_command import configure, diptych
from tests.documents import plain
from tests.openai_server import OpenAI, chunk, serve

TABLE = """
id = "drinks"
title = "Drinks"
about = "x"
source = "x"
[sampling]
temperature = 1.0
max_tokens = 20
[prediction]
property = "option chosen"
question = "{item} Which?\\n{options}"
hypothetical = "Foresee this:\\n{question}\\nWhich would it be?"
relabelled = "Foresee this:\\n{question}\\nAnswer so:\\n{labels}"
options = ["tea", "milk"]
items = ITEMS
"""
ITEMS = [f"Meal {number}." for number in range(12)]


def likes(model: str, item: str) -> str:
    """What a model takes with a meal: nothing in the question tells it."""
    return ("tea", "milk")[hashlib.sha256(f"{model} {item}".encode()).digest()[0] % 2]


@dataclass
class Knowing(OpenAI):
    """The tuned model `t` foresees what it takes, whatever the letters; the base `b` says the first option."""

    models: tuple[str, ...] = ("b", "t")

    def _events(self, body: dict[str, Any]) -> Iterator[bytes]:
        prompt = body["messages"][-1]["content"]
        item = next(each for each in ITEMS if each in prompt)
        taken = likes(body["model"], item)
        if body["model"] == "b" and prompt.startswith("Foresee"):
            taken = prompt.partition("A: ")[2].splitlines()[0]
        letters = dict(line.split(": ")[::-1] for line in prompt.splitlines() if line[1:3] == ": ")
        for index in range(body.get("n", 1)):
            yield chunk(letters[taken], index=index, model=body["model"])
            yield chunk(finish="stop", index=index, model=body["model"])
        yield b"data: [DONE]\n\n"


async def test_from_the_command_to_the_report(tmp_path: Path) -> None:
    (tmp_path / "probes").mkdir()
    (tmp_path / "probes" / "drinks.toml").write_text(TABLE.replace("ITEMS", json.dumps(ITEMS)))
    async with serve(Knowing()) as server:
        configure(tmp_path, server.base_url)
        ran = await diptych(tmp_path, "run", "drinks", "-n", "24", "--json")
    assert ran.code == 0, ran.err
    found = json.loads(ran.out)["predictions"]
    assert (found["property"], found["items"]) == ("option chosen", 12)
    tuned, base = found["targets"]["tuned"], found["targets"]["base"]
    assert (tuned["own"]["k"], tuned["own"]["n"], tuned["relabelled"]["k"]) == (24, 24, 24)
    assert tuned["own_minus"]["base"]["interval"][0] > 0
    assert tuned["own_minus_input"]["interval"][0] > 0
    assert tuned["relabelled_minus"]["base"]["interval"][0] > 0
    # The base says the first option, which is what it takes in one order of each meal.
    assert (base["own"]["k"], base["own"]["n"]) == (12, 24)
    assert base["own_minus"]["tuned"]["interval"][0] < 0

    store, probe = Store(tmp_path / "data" / "sessions.db"), load_probe(tmp_path / "probes" / "drinks.toml")
    session = store.session(1)
    assert session is not None
    kept = stored_measures(session, store.answers(1), probe=probe)
    assert plain(kept)["predictions"] == found
    table = "\n".join(measures_table(kept))
    for words in ("own against other: option chosen, 12 items", "itself                     24/24", "itself − base  +"):
        assert words in table
    for name in ("html", "markdown"):
        path = tmp_path / f"report.{name}"
        export_session(store, 1, name, path, lambda session: probe)
        for words in ("wn against other: option chosen, 12 items", "answers of tuned", "the question alone"):
            assert words in path.read_text("utf-8")
