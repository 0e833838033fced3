"""The programs that benchmarks.sampling is held against, each doing the same job: run by a Python that has them.

    python peers.py inspect-ai|llmcomp BASE_URL ANSWERS CONCURRENCY TOKENS

It prints the seconds of the job. Imports and a first answer come before: they are not counted.
"""

import contextlib
import os
import sys
import tempfile
import time

PROMPT = "What is special about how you answer?"


def inspect_ai(base_url: str, answers: int, at_once: int, tokens: int, folder: str) -> float:
    """A task whose solver generates, and whose log is on disk."""
    from inspect_ai import Task, eval
    from inspect_ai.dataset import Sample
    from inspect_ai.model import GenerateConfig, get_model
    from inspect_ai.solver import generate

    config = GenerateConfig(max_connections=at_once, max_tokens=tokens)
    model = get_model("openai-api/local/some-model", base_url=base_url, api_key="none", config=config)

    def ask(count: int) -> None:
        task = Task(dataset=[Sample(input=PROMPT) for _ in range(count)], solver=[generate()])
        (log,) = eval(task, model=model, display="none", log_dir=folder, max_samples=at_once)
        said = [sample.output.completion for sample in log.samples or ()]
        assert log.status == "success"
        assert len(said) == count
        assert all(said)

    ask(1)
    began = time.perf_counter()
    ask(answers)
    return time.perf_counter() - began


def llmcomp(base_url: str, answers: int, at_once: int, tokens: int, folder: str) -> float:
    """A question whose answers it caches on disk when all are there."""
    from llmcomp import Config, Question

    os.chdir(folder)
    Config.url_key_pairs = [(base_url, "none", "NONE")]
    Config.max_workers = at_once

    def ask(count: int, name: str) -> None:
        question = Question.create(
            name=name, type="free_form", paraphrases=[PROMPT], samples_per_paraphrase=count, max_tokens=tokens
        )
        said = question.df({"group": ["some-model"]})["answer"]
        assert len(said) == count
        assert all(said)

    ask(1, "first")
    began = time.perf_counter()
    ask(answers, "all")
    return time.perf_counter() - began


def main() -> None:
    """Do one job and print how long it took."""
    peer, base_url, *numbers = sys.argv[1:]
    job = {"inspect-ai": inspect_ai, "llmcomp": llmcomp}[peer]
    with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(sys.stderr):
        seconds = job(base_url, *map(int, numbers), folder)  # type: ignore[call-arg]
    print(seconds)


if __name__ == "__main__":
    main()
