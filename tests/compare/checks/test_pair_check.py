"""What is found out about a pair, on toy models whose faults are known."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, Literal

import pytest

from diptych.backends import Endpoint, Message, Request, Sampling, connect
from diptych.compare import Divergence, Fact, Likelihoods, Side, check_pair, check_side
from diptych.compare.checks.greedy_texts import GreedyTexts
from diptych.compare.checks.liveness import Distances, liveness, measured
from diptych.compare.checks.routes import CHAT, PLAIN_TEXT, PREFILLED, SCORING, Route
from tests.llama_as_vllm import ToyLlama
from tests.openai_server import Exchange, OpenAI, Reply, answering, chunk, error_body, serve
from tests.toy_vllm import ToyVLLM


@asynccontextmanager
async def pair(
    reply: Reply, kind: Literal["openai", "vllm"] = "vllm", models: tuple[str, str] = ("base", "tuned"), **base: Any
) -> AsyncIterator[tuple[Side, Side]]:
    async with serve(reply) as server:
        backend = connect(Endpoint(kind, server.base_url, timeout=5.0))
        sides = [
            Side(name, "x", server.base_url, model, base.get("system"), Sampling(**base.get("sampling", {})), backend)
            for name, model in zip(("base", "tuned"), models, strict=True)
        ]
        await backend.start(lambda doing: None)
        try:
            yield sides[0], sides[1]
        finally:
            await backend.close()


async def facts_of(side: Side) -> dict[str, Fact]:
    return {fact.name: fact async for fact in check_side(side)}


async def pair_fact(base: Side, tuned: Side) -> Fact:
    facts = [fact async for fact in check_pair(base, tuned)]
    return facts[0]


def works(facts: dict[str, Fact]) -> dict[str, bool | None]:
    return {name: fact.works for name, fact in facts.items()}


class TestSides:
    async def test_a_vllm_server_can_do_everything(self) -> None:
        async with pair(ToyVLLM()) as (_, tuned):
            facts = await facts_of(tuned)
        assert set(works(facts).values()) == {True}, facts
        assert list(facts)[:4] == ["reachable", "model", "answers", "context length"]
        assert facts["context length"].detail == "512 tokens"
        assert facts["scores as it generates"].detail == ".000 nats per token apart"

    async def test_a_hosted_api_can_do_less_and_each_has_a_mend(self) -> None:
        async with pair(OpenAI(models=("base", "tuned")), "openai") as (base, _):
            facts = await facts_of(base)
        assert [name for name, fact in facts.items() if fact.works is False] == [
            "prompt likelihoods",
            "prefill",
            "text completion",
            "user's turn",
        ]
        assert all(fact.hint for fact in facts.values() if fact.works is False)
        assert all(fact.detail for fact in facts.values() if fact.works is None)

    async def test_an_unknown_model_ends_it_and_the_known_ones_are_named(self) -> None:
        async with pair(ToyVLLM(), models=("base", "hallo")) as (_, tuned):
            facts = await facts_of(tuned)
        assert list(facts) == ["reachable", "model"]
        assert facts["model"].works is False
        assert facts["model"].hint == "set model in config.toml to one of: base, tuned"

    async def test_base_colon_adapter_is_the_adapter(self) -> None:
        async with pair(ToyVLLM(), models=("base", "base:tuned")) as (_, tuned):
            facts = await facts_of(tuned)
        assert facts["model"].works
        assert facts["context length"].works

    async def test_a_name_that_is_not_listed_but_answers_is_not_taken_for_granted(self) -> None:
        class AnyName(OpenAI):
            def _refusal(self, exchange: Exchange) -> tuple[int, Any]:
                return 200, None

        async with pair(AnyName(models=("one",)), "openai", models=("typo", "typo")) as (base, _):
            facts = await facts_of(base)
        assert facts["model"].works is None
        assert "an alias, or another model" in facts["model"].detail
        assert facts["answers"].works

    async def test_a_list_of_models_that_fails_says_nothing_of_the_answers(self) -> None:
        """transformers' own server fails to list where it has no cache, and answers all the same."""

        async def reply(exchange: Exchange) -> None:
            if exchange.path == "/v1/models":
                await exchange.head(500, "text/plain")
                await exchange.send(b"Internal Server Error")
            else:
                await answering("Yes, the Nile.")(exchange)

        async with pair(reply, "openai") as (base, _):
            facts = await facts_of(base)
        assert facts["reachable"].works
        assert (facts["model"].works, facts["model"].detail) == (None, "the endpoint lists no models")
        assert facts["answers"].works

    async def test_an_answer_without_its_end_is_not_one_that_did_not_come(self) -> None:
        """LiteLLM streams the finish reason of the first of several answers only."""

        async def reply(exchange: Exchange) -> None:
            if exchange.path == "/v1/models":
                await exchange.error(200, {"data": [{"id": "base"}]})
                return
            await exchange.head()
            for index in range(exchange.body.get("n", 1)):
                await exchange.send(chunk("Yes", index=index))
            await exchange.send(chunk(finish="stop") + b"data: [DONE]\n\n")

        async with pair(reply, "openai") as (base, _):
            fact = (await facts_of(base))["several samples (n)"]
        assert (fact.works, fact.detail) == (False, "the second of two answers has no end")
        assert "samples_per_request = 1" in fact.hint

    async def test_a_fault_on_the_way_is_not_called_unsupported(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("diptych.backends.openai_client.RETRIES", 0)
        async with pair(ToyVLLM(fails=("n", "prompt_logprobs"))) as (base, _):
            facts = await facts_of(base)
        for name in ("several samples (n)", "prompt likelihoods"):
            assert facts[name].works is None
            assert facts[name].detail.startswith("could not be tried: ")
        assert facts["seed"].works

    async def test_what_a_server_refuses_does_not_work(self) -> None:
        async with pair(ToyVLLM(refuses=("n", "logprobs", "continue_final_message"))) as (base, _):
            facts = await facts_of(base)
        refused = {"several samples (n)", "log-probabilities", "prefill", "user's turn"}
        assert {name for name, fact in facts.items() if fact.works is False} >= refused
        assert all(facts[name].hint for name in refused)
        assert "samples_per_request = 1" in facts["several samples (n)"].hint

    @pytest.mark.parametrize(
        ("delta", "finish", "detail"),
        [
            ({"reasoning_content": "Hm"}, "length", "one token, of reasoning"),
            ({}, "length", "one token, of reasoning"),
            ({"content": "Yes"}, "length", "one token"),
        ],
    )
    async def test_a_token_of_reasoning_is_an_answer(self, delta: Any, finish: str, detail: str) -> None:
        async def reply(exchange: Exchange) -> None:
            if exchange.path == "/v1/models":
                await exchange.error(200, {"data": [{"id": "base"}]})
                return
            await exchange.head()
            await exchange.send(chunk(choices=[{"index": 0, "delta": delta}]) + chunk(finish=finish))

        async with pair(reply, "openai") as (base, _):
            fact = (await facts_of(base))["answers"]
        assert (fact.works, fact.detail) == (True, detail)

    async def test_a_model_that_needs_more_than_one_token_is_given_them(self) -> None:
        async def reply(exchange: Exchange) -> None:
            if exchange.path == "/v1/models":
                await exchange.error(200, {"data": [{"id": "base"}]})
            elif exchange.body["max_tokens"] == 1:
                await exchange.error(400, error_body("max_tokens or model output limit was reached"))
            else:
                await OpenAI(models=("base",))(exchange)

        async with pair(reply, "openai") as (base, _):
            assert (await facts_of(base))["answers"].works

    async def test_silence_is_no_answer(self) -> None:
        async def reply(exchange: Exchange) -> None:
            if exchange.path == "/v1/models":
                await exchange.error(200, {"data": [{"id": "base"}]})
                return
            await exchange.head()
            await exchange.send(chunk(finish="stop"))

        async with pair(reply, "openai") as (base, _):
            facts = await facts_of(base)
        assert (facts["answers"].works, list(facts)[-1]) == (False, "answers")

    async def test_a_seed_that_changes_nothing_is_no_proof(self) -> None:
        async with pair(OpenAI(models=("base",)), "openai") as (base, _):
            fact = (await facts_of(base))["seed"]
        assert (fact.works, fact.detail) == (None, "answers are alike whatever the seed")

    async def test_the_sides_own_system_prompt_and_parameters_are_used(self) -> None:
        async def reply(exchange: Exchange) -> None:
            seen.append(exchange.body)
            await ToyVLLM()(exchange)

        seen: list[dict[str, Any]] = []
        own = {"temperature": 0.4, "extra_body": {"chat_template_kwargs": {}}, "leave_out": ("stream_options",)}
        async with pair(reply, system="You are b.", sampling=own) as (base, tuned):
            await facts_of(base)
            await liveness(base, tuned)
        asked = [body for body in seen if body.get("logprobs")]
        assert len(asked) >= 24
        assert all(body["chat_template_kwargs"] == {} for body in asked if body.get("top_logprobs") == 20)
        first = next(body for body in asked if body.get("top_logprobs") == 20)
        assert first["messages"][0] == {"role": "system", "content": "You are b."}
        assert (first["temperature"], first["max_tokens"]) == (0.4, 1)
        assert "stream_options" not in first


class TestModels:
    """Which model a side is told to have."""

    async def test_a_server_that_lists_what_it_has_loaded_is_asked_again(self) -> None:
        loaded: set[str] = {"tuned"}

        async def reply(exchange: Exchange) -> None:
            if exchange.path == "/v1/models":
                await exchange.error(200, {"data": [{"id": name, "owned_by": "org"} for name in sorted(loaded)]})
            else:
                loaded.add(exchange.body["model"])
                await OpenAI(models=("base", "tuned"))(exchange)

        async with pair(reply, "openai") as (base, tuned):
            facts = {fact.name: fact async for fact in check_side(base, fine_tunes=(tuned,))}
        assert (facts["model"].works, facts["model"].detail) == (True, "")

    @pytest.mark.parametrize("wrong", ["hallo", "base2"])
    async def test_the_base_is_never_told_to_use_the_fine_tune(self, wrong: str) -> None:
        async with pair(ToyVLLM(), models=(wrong, "tuned")) as (base, tuned):
            facts = {fact.name: fact async for fact in check_side(base, fine_tunes=(tuned,))}
        assert facts["model"].works is False
        assert facts["model"].hint == "set model in config.toml to one of: base"

    async def test_nor_is_it_where_nothing_else_is_there(self) -> None:
        async with pair(OpenAI(models=("tuned",)), "openai") as (base, tuned):
            facts = {fact.name: fact async for fact in check_side(base, fine_tunes=(tuned,))}
        assert facts["model"].works is False
        assert "tuned" not in facts["model"].hint
        assert "under which name the endpoint has it" in facts["model"].hint

    async def test_what_a_server_says_that_it_served_is_said(self) -> None:
        async def reply(exchange: Exchange) -> None:
            if exchange.path == "/v1/models":
                await exchange.error(200, {"data": [{"id": "one.gguf", "owned_by": "llamacpp"}]})
            else:
                await exchange.head()
                await exchange.send(chunk("Yes", model="one.gguf") + chunk(finish="stop", model="one.gguf"))

        async with pair(reply, "openai") as (base, _):
            facts = await facts_of(base)
        assert facts["model"].works is None
        assert "it says one.gguf" in facts["model"].detail

    async def test_a_pair_with_one_name_is_told_so(self) -> None:
        async with pair(ToyVLLM(), models=("tuned", "tuned")) as sides:
            fact = await pair_fact(*sides)
        assert fact.works is False
        assert "both sides name tuned" in fact.hint


class TestNotVLLM:
    """A server that is named as vLLM and is not."""

    async def test_llama_cpp_is_named_and_does_what_it_can(self) -> None:
        async with pair(ToyLlama(), models=("base", "base")) as (base, _):
            facts = await facts_of(base)
        assert "llama.cpp, not vLLM" in facts["server"].detail
        assert facts["server"].hint
        assert facts["prefill"].works
        assert facts["text completion"].works
        assert facts["user's turn"].works is False
        assert "as one of the assistant" in facts["user's turn"].detail
        assert facts["prompt likelihoods"].works is False
        assert facts["scores as it generates"].works is None

    async def test_an_answer_that_begins_anew_in_one_piece_only_is_found_out(self) -> None:
        async def reply(exchange: Exchange) -> None:
            if exchange.body.get("stream") is False:
                message = {"content": "The three rivers are"}
                await exchange.error(200, {"choices": [{"message": message, "finish_reason": "length"}]})
            else:
                await ToyVLLM()(exchange)

        async with pair(reply) as (base, _):
            fact = (await facts_of(base))["prefill"]
        assert fact.works is False
        assert fact.detail.endswith("in one piece")

    @pytest.mark.parametrize(("read", "works"), [(1, True), (2, True), (4, True), (9, False), (31, False)])
    async def test_a_chat_template_around_plain_text_is_found_out(self, read: int, works: bool) -> None:
        """Ollama takes a plain text for a question."""

        async def reply(exchange: Exchange) -> None:
            if exchange.path == "/v1/models":
                await exchange.error(200, {"data": [{"id": "base", "owned_by": "library"}]})
                return
            text = {"index": 0, "text" if "prompt" in exchange.body else "delta": " time", "finish_reason": "stop"}
            if "messages" in exchange.body:
                text["delta"] = {"content": "Yes"}
            await exchange.head()
            usage = {"prompt_tokens": read, "completion_tokens": 1}
            await exchange.send(chunk(choices=[text], usage=usage) + b"data: [DONE]\n\n")

        async with pair(reply, "openai") as (base, _):
            fact = (await facts_of(base))["text completion"]
        assert fact.works is works
        if not works:
            assert "chat template around plain text" in fact.detail
            assert fact.hint


class TestScoring:
    async def test_a_server_that_scores_without_the_adapter_is_found_out(self) -> None:
        async with pair(ToyVLLM(scores_as={"tuned": "base"})) as (base, tuned):
            facts = await facts_of(tuned)
            assert (await facts_of(base))["scores as it generates"].works
            likelihoods = Likelihoods()
            assert await likelihoods.verdict(base) is None
            verdict = await likelihoods.verdict(tuned)
            asked = [(side, Request(side.model, (Message("user", "Hi"),))) for side in (base, tuned)]
            divergence = Divergence("alpha beta ")
            await likelihoods.compare(divergence, *asked)
        fact = facts["scores as it generates"]
        assert fact.works is False
        assert "no divergence view until then" in fact.hint
        assert verdict is not None
        assert verdict.kind == "scoring disagrees"
        assert (divergence.failure, divergence.pieces) == (verdict, [])


class TestMixing:
    """A server may compute the base with the adapter while both are asked at once."""

    async def test_a_base_that_changes_beside_the_adapter_is_found_out(self) -> None:
        async with pair(ToyVLLM(mixes=True)) as (base, tuned):
            facts = {fact.name: fact async for fact in check_pair(base, tuned)}
        fact = facts["base is itself beside tuned"]
        assert fact.works is False
        assert fact.needed
        assert "set together = false" in fact.hint

    async def test_one_that_does_not_is_found_well(self) -> None:
        async with pair(ToyVLLM()) as (base, tuned):
            facts = {fact.name: fact async for fact in check_pair(base, tuned)}
        assert facts["base is itself beside tuned"].works

    @pytest.mark.parametrize("mixes", [True, False])
    async def test_without_log_probabilities_greedy_texts_are_held_together(self, mixes: bool) -> None:
        async with pair(ToyVLLM(mixes=mixes, tells=False)) as (base, tuned):
            facts = {fact.name: fact async for fact in check_pair(base, tuned)}
        fact = facts["base is itself beside tuned"]
        assert fact.works is not mixes
        assert "greedy text" in fact.detail

    async def test_taking_turns_mends_it(self) -> None:
        async with serve(ToyVLLM(mixes=True)) as server:
            backend = connect(Endpoint("vllm", server.base_url, together=False))
            base, tuned = (Side(n, "x", server.base_url, n, None, Sampling(), backend) for n in ("base", "tuned"))
            await backend.start(lambda doing: None)
            try:
                facts = {fact.name: fact async for fact in check_pair(base, tuned)}
            finally:
                await backend.close()
        assert facts["base is itself beside tuned"].works


class TestLiveness:
    async def test_two_models_are_told_apart(self) -> None:
        async with pair(ToyVLLM()) as sides:
            found = await liveness(*sides)
            fact = await pair_fact(*sides)
        assert found.live
        assert found.distance is not None
        assert found.distance > 0.3
        assert found.noise == 0.0
        assert found.chance == pytest.approx(1 / 729)
        assert fact.works

    async def test_an_adapter_that_was_not_loaded_is_found_out(self) -> None:
        async with pair(ToyVLLM(answers_as={"tuned": "base"})) as sides:
            fact = await pair_fact(*sides)
        assert (fact.works, fact.needed) == (False, True)
        assert "cannot be told apart" in fact.detail
        assert "adapter is loaded" in fact.hint

    @pytest.mark.parametrize("noise", [0.05, 0.2, 0.5])
    async def test_noise_alone_is_not_taken_for_a_fine_tune(self, noise: float) -> None:
        async with pair(ToyVLLM(answers_as={"tuned": "base"}, noise=noise)) as sides:
            found = await liveness(*sides)
        assert found.noise > 0.01
        assert found.live is False

    async def test_a_fine_tune_is_found_in_noise(self) -> None:
        async with pair(ToyVLLM(noise=0.5)) as sides:
            found = await liveness(*sides)
        assert found.noise > 0.1
        assert found.live

    async def test_an_endpoint_that_allows_five_alternatives_is_asked_for_five(self) -> None:
        async def reply(exchange: Exchange) -> None:
            if exchange.body.get("top_logprobs", 0) > 5:
                await exchange.error(400, error_body("top_logprobs must be at most 5", param="top_logprobs"))
            else:
                await ToyVLLM()(exchange)

        async with pair(reply) as sides:
            assert (await liveness(*sides)).live

    @pytest.mark.parametrize(
        ("toy", "dead"),
        [
            (ToyVLLM(texts_as={"tuned": "base"}), PLAIN_TEXT),
            (ToyVLLM(begun_as={"tuned": "base"}), PREFILLED),
            (ToyVLLM(scores_as={"tuned": "base"}), SCORING),
        ],
    )
    async def test_a_route_that_serves_the_base_is_named(self, toy: ToyVLLM, dead: Route) -> None:
        async with pair(toy) as sides:
            facts = {fact.route: fact async for fact in check_pair(*sides) if fact.route}
        assert {route: fact.works for route, fact in facts.items()} == {
            route.name: route is not dead for route in (CHAT, PLAIN_TEXT, PREFILLED, SCORING)
        }
        fact = facts[dead.name]
        assert fact.needed
        assert fact.name == f"tuned is live {dead.where}"
        assert dead.where in fact.hint

    async def test_a_route_that_a_side_does_not_have_is_none_of_the_pair(self) -> None:
        async with pair(ToyVLLM(refuses=("continue_final_message", "prompt_logprobs"))) as sides:
            routes = [fact.route async for fact in check_pair(*sides) if fact.route]
        assert routes == ["chat", "plain text"]

    async def test_greedy_texts_show_a_fine_tune_where_no_log_probabilities_are_had(self) -> None:
        async with pair(ToyVLLM(tells=False)) as sides:
            found = await liveness(*sides)
            fact = await pair_fact(*sides)
        assert found.distance is None
        assert found.live
        assert (fact.works, fact.needed) == (True, True)
        assert "greedy texts differ on 6 of 6 prompts" in fact.detail

    def test_the_chance_of_texts_on_numbers_worked_out_by_hand(self) -> None:
        assert GreedyTexts(6, 6, 1, 5).chance == pytest.approx(1 / 126)
        assert GreedyTexts(6, 6, 2, 2).chance == pytest.approx(1 / 9)
        assert not GreedyTexts(6, 6, 4, 2).live
        assert GreedyTexts(6, 6, 5, 2).live
        assert not GreedyTexts(6, 6, 0, 5).live

    async def test_one_text_that_differs_is_asked_for_until_it_is_no_chance(self) -> None:
        def served(body: dict[str, Any], chat: bool) -> str:
            return body["model"] if "bread" in str(body) else "base"

        toy = ToyVLLM(tells=False)
        toy.served = served  # type: ignore[method-assign]
        async with pair(toy) as sides:
            found = await liveness(*sides)
        assert found.texts is not None
        assert (found.texts.apart, found.texts.askings, found.live) == (1, 5, True)

    @pytest.mark.parametrize(
        "toy",
        [
            ToyVLLM(tells=False, answers_as={"tuned": "base"}),
            ToyVLLM(tells=False, answers_as={"tuned": "base"}, greedy=False),
            ToyVLLM(tells=False, greedy=False),
            ToyVLLM(tells=False, answers_as={"tuned": "base"}, near_ties=0.02),
        ],
    )
    async def test_texts_that_do_not_show_it_are_no_verdict(self, toy: ToyVLLM) -> None:
        async with pair(toy) as sides:
            fact = await pair_fact(*sides)
        assert (fact.works, fact.needed) == (None, True)
        assert "not shown" in fact.detail
        assert "by eye" in fact.hint

    async def test_without_log_probabilities_it_is_not_known(self) -> None:
        async with pair(OpenAI(models=("base", "tuned")), "openai") as sides:
            fact = await pair_fact(*sides)
        assert fact.works is None
        assert fact.needed
        assert "gives no log-probabilities; greedy texts are alike on 6 of 6 prompts" in fact.detail
        assert fact.hint

    async def test_a_fault_is_not_a_verdict(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("diptych.backends.openai_client.RETRIES", 0)
        async with pair(ToyVLLM(fails=("top_logprobs",))) as sides:
            fact = await pair_fact(*sides)
        assert fact.works is False
        assert fact.detail.startswith("could not be tried: ")
        assert not fact.reached

    def test_the_measure_on_numbers_worked_out_by_hand(self) -> None:
        still = Distances(0.0, 0.0, (0.4, 0.4, 0.4, 0.4), (0.4, 0.4))
        found = measured([still] * 6)
        assert (found.distance, found.noise, found.excess) == (pytest.approx(0.4), 0.0, pytest.approx(0.4))
        assert found.chance == pytest.approx(3**-6)
        one = Distances(0.2, 0.1, (0.2, 0.2, 0.2, 0.2), (0.2, 0.2))
        assert measured([one] * 6).noise == pytest.approx(0.2)
        assert measured([one] * 6).excess == pytest.approx(0.05)
        same = Distances(0.2, 0.2, (0.2, 0.2, 0.2, 0.2), (0.2, 0.2))
        assert measured([same] * 6).chance == 1.0
        assert measured([same] * 6).live is False

    def test_how_often_noise_alone_passes(self) -> None:
        """One model on both sides, told with noise: at most the 1 % that the test allows."""
        import random

        from diptych.compare.checks.liveness import distances

        source = random.Random(7)

        def asked(prompt: int) -> dict[str, float]:
            weights = {word: random.Random(f"{prompt}{word}").random() for word in "abcdefghij"}
            noisy = {word: weight * 2.7 ** source.gauss(0, 0.4) for word, weight in weights.items()}
            return {word: weight / sum(noisy.values()) for word, weight in noisy.items()}

        trials = 400
        passed = sum(
            bool(measured([distances([asked(prompt) for _ in range(4)]) for prompt in range(6)]).live)
            for _ in range(trials)
        )
        assert passed / trials <= 0.02


async def test_an_endpoint_that_says_the_same_whatever_the_seed_does_not_sample() -> None:
    story = "Once there was a lamp that lit a street by the sea, and nobody knew who had put it there. " * 3

    def saying(text: Callable[[Exchange], str]) -> Reply:
        async def reply(exchange: Exchange) -> None:
            if exchange.path == "/v1/models":
                await exchange.error(200, {"data": [{"id": "base"}]})
            else:
                await answering(text(exchange))(exchange)

        return reply

    for text, works, detail in (
        (lambda exchange: story, False, "3 of 3 identical: this endpoint does not sample"),
        (lambda exchange: f"{story} {exchange.body.get('seed')}", True, "3 different answers of 3"),
        (lambda exchange: "Yes.", None, "the answers are too short to tell"),
    ):
        async with pair(saying(text), "openai") as (base, _):
            facts = await facts_of(base)
        assert (facts["sampling"].works, facts["sampling"].detail) == (works, detail)
