"""A vLLM server that is running, or another server that is configured as one and can do a part of it."""

import asyncio
import re
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, contextmanager, nullcontext
from functools import partial
from typing import Any

import msgspec

from diptych.backends.backend_errors import BackendError, BadRequest, ServerError, UnknownModel, Unsupported
from diptych.backends.group_lock import GroupLock
from diptych.backends.hosted import context_of, listed_models, refused_if_unknown
from diptych.backends.interface import Backend, Delta, End, Message, Model, Progress, Request, ScoredToken
from diptych.backends.replicas import Replicas
from diptych.backends.request_bodies import chat_body, continued_body, text_body
from diptych.backends.servers.adapter_doses import DosedModel, read_name
from diptych.backends.servers.prefill_trials import ELSEWHERE, PrefillTrials, without_echo
from diptych.backends.servers.server_recognition import LLAMA_CPP, REAL_VLLM, by_list, by_signs, is_no_path
from diptych.backends.servers.vllm_adapters import VLLMAdapters
from diptych.backends.token_alignment import TOP, Piece, aligned

_VITALS_SECONDS = 2.0
_LLAMA_KIND = 'set kind to "llama" for it in config.toml'
_METRIC = re.compile(r"^vllm:(\w+)(?:\{[^}]*\})? ([-+\d.eE]+)$", re.MULTILINE)


class VLLM(Backend):
    """What is special about vLLM: it scores texts, continues a given beginning, and loads adapters while it runs."""

    def __init__(self, api: Replicas, samples_per_request: int, apart: bool = False) -> None:
        """`apart`: base and adapters take turns, because the server mixes them up when they run side by side."""
        self.api = api
        self.samples_per_request = samples_per_request
        self._adapters = VLLMAdapters(self)
        self._last_count: tuple[float, float] | None = None
        """The time of the last count of generated tokens, and the count."""
        self._software: str | None = None
        """The software of the server; None before it was asked."""
        self._tried_signs = False
        self._prefill_trials = PrefillTrials(self._send_trial)
        self._scoring = asyncio.Lock()
        self._group_lock = GroupLock()
        self._keep_apart(apart)

    @property
    def notices(self) -> list[str]:  # type: ignore[override]
        """What the reader should know about how the endpoint is asked."""
        return self.api.notices

    async def start(self, progress: Progress) -> None:
        """Make ready, and ask which adapters there are. Raises BackendError."""
        await self.api.start()
        if not self._adapters.known:
            await self.models()

    async def body(self, request: Request, samples: int = 1) -> dict[str, Any]:
        """The body exactly as it is sent. Raises Unsupported where the server would misunderstand it; other errors
        where an adapter has to be loaded for it and cannot be."""
        await self._adapters.loaded(request.model)
        if request.mode == "user":
            await self._check_users_turn(request)
        return self._body(request, samples)

    async def stream(self, request: Request, samples: int = 1) -> AsyncIterator[Delta | End]:
        """Yield the deltas of the answers and their Ends. Raises BackendError."""
        items = self._send(await self.body(request, samples), request.prefill)
        if request.mode == "chat" and request.prefill.strip():
            items = without_echo(items, request.prefill, partial(self._prefill_trials.echoes, request))
        async for item in items:
            yield item

    async def models(self) -> list[Model]:
        """Base and adapters. Raises BackendError."""
        listed = listed_models(await self.api.ask_any("/models"))
        self._software = self._software or by_list(listed)
        contexts = {m["id"]: context_of(m) for m in listed}
        models = [Model(m["id"], contexts[m["id"]] or contexts.get(m.get("parent")), m.get("parent")) for m in listed]
        return self._adapters.note(models, {m["id"]: str(m.get("root") or "") for m in listed if m.get("parent")})

    async def check_model(self, model: str) -> None:
        """See whether the server has the model or adapter. Raises BackendError."""
        served = await self._adapters.loaded(model)
        if served not in {listed.name for listed in await self.models()}:
            await refused_if_unknown(self.api, served)

    def model_name(self, name: str) -> str:
        """The name as it is written: equal doses alike."""
        model = read_name(name, (name.partition("+")[0],))
        return name if model is None else model.name

    def model_fault(self, model: str) -> BackendError | None:
        """Why a model cannot be asked, as far as its adapters are concerned."""
        return self._adapters.fault(model)

    def dosed_model(self, name: str) -> DosedModel:
        """The base and the adapters that a name stands for, where their files are here. Raises BackendError."""
        read = self._adapters.dosed_model(name)
        return super().dosed_model(name) if read is None else read

    async def software(self) -> str:
        """The software of the server, by its list of models, else by paths that only one program has. Raises
        BackendError."""
        if self._software is None:
            await self.models()
        if not self._software and not self._tried_signs:
            self._tried_signs = True
            self._software = await by_signs(self.api.ask)
        return self._software or ""

    async def score(self, request: Request, answer: str) -> AsyncIterator[ScoredToken]:
        """Yield how likely the model finds `answer`: from the log-probabilities of a prompt that ends in it. Raises
        BackendError."""
        if self._software == LLAMA_CPP:
            raise Unsupported("llama.cpp gives no log-probabilities of a prompt", _LLAMA_KIND)
        model = await self._adapters.loaded(request.model)
        before = await self._prompt_ids(model, request)
        ids = await self._ids({"model": model, "prompt": answer, "add_special_tokens": False})
        if not before:
            raise BadRequest(
                "there is no text before the answer, so its first token cannot be scored", "begin with a text"
            )
        body = {
            "model": model,
            "prompt": before + ids,
            "max_tokens": 1,
            "temperature": 0.0,
            "prompt_logprobs": TOP,
            "add_special_tokens": False,
        }
        # vLLM uses the adapters of sampled requests for the tokens of the prompt (vllm-project/vllm#16668). On a CPU
        # its engine dies of that, unless a scored prompt is alone.
        async with self._scoring, self._as_group(object()):
            reply = await self.api.ask("/completions", body)
        with _readable("scores"):
            choice = reply["choices"][0]
            if "prompt_logprobs" not in choice:
                raise Unsupported("the server gives no log-probabilities of a prompt", ELSEWHERE)
            rows = choice["prompt_logprobs"][len(before) :]
            scored_pieces = [_piece(token, row) for token, row in zip(ids, rows, strict=True)]

        async def pieces() -> AsyncIterator[Piece]:
            for piece in scored_pieces:
                yield piece

        async for scored in aligned(answer, pieces()):
            yield scored

    async def prompt_tokens(self, request: Request) -> int | None:
        """The number of tokens that the model reads before its answer; None where the server does not tokenize as vLLM
        does. Raises BackendError."""
        try:
            return len(await self._prompt_ids(await self._adapters.loaded(request.model), request))
        except Unsupported:
            return None

    async def vitals(self) -> str:
        """Throughput since the last call, requests and cache; "" where no server tells."""
        try:
            async with asyncio.timeout(_VITALS_SECONDS):
                texts = [text for text in await self.api.ask_all("//metrics") if not isinstance(text, BackendError)]
        except TimeoutError:
            return ""
        if not texts:
            return ""
        sums: dict[str, float] = {}
        for name, value in (pair for text in texts for pair in _METRIC.findall(str(text))):
            sums[name] = sums.get(name, 0.0) + float(value)
        if not sums:
            return ""
        now, tokens = time.monotonic(), sums.get("generation_tokens_total", 0.0)
        before, self._last_count = self._last_count, (now, tokens)
        rate = (tokens - before[1]) / (now - before[0]) if before is not None and now > before[0] else 0.0
        return (
            f"vLLM {max(0.0, rate):.0f} tok/s · {sums.get('num_requests_running', 0):.0f} running"
            f" · {sums.get('num_requests_waiting', 0):.0f} waiting"
            f" · cache {sums.get('kv_cache_usage_perc', 0) / len(texts) * 100:.0f} %"
        )

    async def adapters_fixed(self) -> Unsupported | None:
        """Why adapters cannot be loaded or unloaded here; None where they can. Raises BackendError."""
        return await self._adapters.fixed()

    async def load_adapter(self, name: str, path: str) -> None:
        """Load a LoRA adapter into every replica, or into none. Raises BackendError."""
        await self._adapters.load(name, path)

    async def unload_adapter(self, name: str) -> None:
        """Unload an adapter. Raises BackendError."""
        await self._adapters.unload(name)

    async def close(self) -> None:
        """Close the connections."""
        await self.api.close()

    def _body(self, request: Request, samples: int) -> dict[str, Any]:
        request = msgspec.structs.replace(request, model=self._adapters.served_name(request.model))
        if request.mode == "text":
            body = text_body(request, request.prefill, samples)
        elif request.mode == "user" or request.prefill:
            body = continued_body(request, samples)
        else:
            body = chat_body(request, samples)
        return self.api.as_sent(body)

    async def _send(self, body: dict[str, Any], given: str) -> AsyncIterator[Delta | End]:
        async with self._as_group("adapters" if body["model"] in self._adapters else "base"):
            async for item in self.api.send(body, given):
                yield item

    def _send_trial(self, request: Request) -> AsyncIterator[Delta | End]:
        # Without the group lock: the answer that needs this trial holds it.
        return self.api.send(self._body(request, 1))

    async def _check_users_turn(self, request: Request) -> None:
        """Raises Unsupported where the server does not continue the user's turn."""
        software = await self.software()
        if software == LLAMA_CPP:
            raise Unsupported("llama.cpp renders the user's turn as one of the assistant", _LLAMA_KIND)
        if software != REAL_VLLM:
            await self._prefill_trials.check_users_turn(request)

    def _keep_apart(self, apart: bool) -> None:
        self._apart = apart
        # A server that needs this runs on a CPU, and is slow.
        self.whole_answers = not apart

    def _as_group(self, group: object) -> AbstractAsyncContextManager[None]:
        """The lock for a request of one group, where groups must not run side by side.

        On a CPU vLLM answers requests to the base with an adapter while requests to adapters are in flight: it takes
        "no adapter", −1, for the index of the last one (vllm/lora/ops/torch_ops/lora_ops.py in 0.32.0).
        """
        return self._group_lock.hold(group) if self._apart else nullcontext()

    async def _prompt_ids(self, model: str, request: Request) -> list[int]:
        """The tokens that the model reads before its answer."""
        if request.mode == "text":
            return await self._ids({"model": model, "prompt": request.prefill})
        messages = request.messages
        continues = request.mode == "user" or bool(request.prefill)
        if continues:
            role = "user" if request.mode == "user" else "assistant"
            messages = (*messages, Message(role, request.prefill))  # type: ignore[arg-type]
        return await self._ids(
            {
                "model": model,
                "messages": msgspec.to_builtins(messages),
                "add_generation_prompt": not continues,
                "continue_final_message": continues,
            }
        )

    async def _ids(self, body: Mapping[str, Any]) -> list[int]:
        try:
            reply = await self.api.ask("//tokenize", body)
        except (BadRequest, UnknownModel) as error:
            if is_no_path(error):
                raise Unsupported("the server does not tokenize as vLLM does", ELSEWHERE) from error
            raise
        with _readable("tokens"):
            ids = list(reply["tokens"])
        if not ids and (body.get("prompt") or "messages" in body):
            # llama.cpp expects the text in another field, and finds none.
            raise Unsupported("the server does not tokenize as vLLM does", ELSEWHERE)
        return ids


@contextmanager
def _readable(what: str) -> Iterator[None]:
    """For code that reads a reply. Raises ServerError where the reply is not as vLLM documents it."""
    try:
        yield
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        raise ServerError(f"the server's {what} cannot be read", "see that it is vLLM, and update it") from error


def _piece(token: int, row: Mapping[str, Mapping[str, Any]]) -> Piece:
    """One position of prompt_logprobs: its token, and the likeliest tokens."""
    likely = sorted((alternative for alternative in row.values()), key=lambda a: a["rank"])
    own = row[str(token)]
    top = tuple((str(a["decoded_token"]), float(a["logprob"])) for a in likely if a["rank"] <= TOP)
    return Piece(str(own["decoded_token"]), float(own["logprob"]), top)
