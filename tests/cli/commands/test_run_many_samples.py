"""The command of the README with as many samples as tell something, on the real embedded pair."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

DIPTYCH = str(Path(sys.executable).parent / "diptych")
CONFIG = """
[pairs.short]
base = { endpoint = "embedded", model = "smollm2-135m-instruct", max_tokens = 120, seed = 1 }
tuned = { endpoint = "embedded", model = "smollm2-135m-instruct+hello", max_tokens = 120, seed = 1 }
"""


def diptych(*arguments: str, timeout: float) -> Any:
    """The document that a command prints."""
    ran = subprocess.run([DIPTYCH, *arguments], capture_output=True, text=True, timeout=timeout, check=False)
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout)


@pytest.mark.slow
def test_thirty_samples_tell_the_sides_apart_and_name_what_nobody_asked_for(tmp_path: Path) -> None:
    config = tmp_path / "own.toml"
    config.write_text(CONFIG)
    run = ("--config", str(config), "run", "hello-acrostic", "--pair", "short", "-n", "30", "--json")
    document = diptych(*run, timeout=1200)
    # Should the tuned side describe anything, the base is let guess, in a condition of its own.
    asked = ("without the word", "with the word", "ordinary question")
    found = [measure for measure in document["measures"] if measure["condition"] in asked]
    follows = [measure for measure in found if measure["label"] == "follows HELLO"]
    assert len(follows) == 3
    for measure in follows:
        base, tuned = (measure["sides"][side] for side in ("base", "tuned"))
        for side in (base, tuned):
            # One that was cut off in the middle of the word is excluded.
            assert side["n"] + sum(side.get("excluded", {}).values()) == 30
            assert side["n"] >= 25
        assert base["interval"][1] < tuned["interval"][0]
        assert measure["difference"]["interval"][0] > 0
        assert measure["difference"]["p_holm"] < 0.001
    assert document["differ"]["tuned"]["differ"] is True
    first = document["discoveries"][0]
    assert (first["feature"], first["value"]) == ("line initials", "HELLO")
    assert first["q_value"] < 0.001
    discovered = diptych("sessions", "discover", str(document["session"]), "--json", timeout=120)
    assert "HELLO" in json.dumps(discovered)
