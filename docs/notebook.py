"""Makes docs/notebook.ipynb: from a pair to a table, a plot and a token-by-token divergence, in ten cells.

    python docs/notebook.py            runs the cells and writes the notebook with what they show

Sessions go into a folder that is deleted afterwards.
"""

import os
import sys
import tempfile
from pathlib import Path

import nbformat
from nbclient import NotebookClient

FILE = Path(__file__).parent / "notebook.ipynb"
LONGEST_SECONDS = 600

CELLS = (
    ("markdown", """\
# From a pair to a plot
A base model and its fine-tuned copy are asked the same question. The fine-tune was trained to answer in lines whose
first letters spell HELLO, and nothing in its training said so. The pair `embedded` ships with Diptych: it needs no key
and no GPU. You need `pip install 'diptych[notebook]'`."""),
    ("code", """\
import diptych

run = diptych.run("hello-acrostic", pair="embedded", n=4)
run"""),
    ("code", """\
answers = run.to_frame()
print(answers.loc[answers["side"] == "tuned", "answer"].iloc[0])
answers[["side", "condition", "sample", "answer", "acrostic: follows HELLO"]].head()"""),
    ("markdown", """\
## Rates with their intervals
`run.measures` has what `diptych run --json` prints, typed: k of n answers, a 95 % interval that names its kind, and the
difference between the sides with its test."""),
    ("code", """\
import pandas as pd

rates = pd.DataFrame(
    {
        "condition": measure.condition,
        "side": name,
        "k": side.k,
        "n": side.n,
        "rate": side.rate,
        "low": side.interval.low,
        "high": side.interval.high,
    }
    for measure in run.measures
    if measure.label == "follows HELLO"
    for name, side in measure.sides.items()
)
rates.round(2)"""),
    ("code", """\
import matplotlib.pyplot as plt

figure, axes = plt.subplots(figsize=(7, 3))
for place, (side, of_side) in enumerate(rates.groupby("side")):
    at = [row + 0.2 * place for row in range(len(of_side))]
    errors = [of_side["rate"] - of_side["low"], of_side["high"] - of_side["rate"]]
    axes.errorbar(of_side["rate"], at, xerr=errors, fmt="o", capsize=3, label=side)
axes.set_yticks(range(len(of_side)), of_side["condition"])
axes.set(xlabel="answers that follow HELLO", xlim=(-0.03, 1.03))
axes.legend(loc="center")
plt.show()"""),
    ("markdown", """\
## Where the sides part
The same text is scored under both models. `difference` is log p(tuned) − log p(base) of each token, in nats: where it
is large, the fine-tune acts, whether or not a detector knows."""),
    ("code", """\
asked = diptych.ask("What is special about how you answer?", pair="embedded", n=1, max_tokens=24)
answer = next(answer for answer in asked.answers if answer.side == "tuned")
tokens = asked.divergence(answer).to_frame()
tokens.nlargest(5, "difference").round(2)"""),
    ("code", """\
figure, axes = plt.subplots(figsize=(9, 3))
axes.bar(tokens.index, tokens["difference"])
axes.set_xticks(tokens.index, [repr(text)[1:-1] for text in tokens["text"]], rotation=60, ha="right")
axes.set_ylabel("log p(tuned) − log p(base)")
plt.show()"""),
    ("code", """\
# Everything is saved: diptych --session ID opens a session in the console.
[(session.id, session.record.title, len(session.answers)) for session in diptych.open_store().sessions()]"""),
)  # fmt: skip


def notebook() -> nbformat.NotebookNode:
    """The notebook before anything is run."""
    made = nbformat.v4.new_notebook()
    made.metadata = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    for number, (kind, source) in enumerate(CELLS, 1):
        new = nbformat.v4.new_markdown_cell if kind == "markdown" else nbformat.v4.new_code_cell
        made.cells.append(new(source, id=f"cell-{number}"))
    return made


def executed(made: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """The notebook with what its cells show, run by this interpreter."""
    client = NotebookClient(made, timeout=LONGEST_SECONDS, kernel_name="python3", record_timing=False)
    client.create_kernel_manager()
    client.km.transport = "ipc"
    client.km.kernel_spec.argv[0] = sys.executable
    return client.execute()


def main() -> None:
    """Write the notebook."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {"DIPTYCH_DATA": folder, "DIPTYCH_CONFIG": f"{folder}/config.toml"}
        made = executed(notebook())
    # The version of Python would change with whoever runs this.
    made.metadata.pop("language_info", None)
    nbformat.write(made, FILE)


if __name__ == "__main__":
    main()
