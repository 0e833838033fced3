"""A server that speaks as llama.cpp does where it is taken for vLLM, with the faults that this has."""

from dataclasses import dataclass
from typing import Any

from tests.openai_server import Exchange, as_one, chunk

GOES_ON = " upon a time."


@dataclass
class ToyLlama:
    """Goes on with a begun turn; repeats its beginning in an answer that is not streamed, or in `echoes`."""

    owner: str | None = "llamacpp"
    props: bool = True
    echoes: tuple[bool, ...] = (False,)
    """Whether the answers that repeat the beginning are streamed."""
    repeats: bool = False
    """Whether the model itself says the beginning again."""
    trims: bool = False
    """Whether the beginning is repeated without blanks around it."""
    ignores: bool = False
    """Whether a turn that was begun is not gone on with: the assistant answers."""

    async def __call__(self, exchange: Exchange) -> None:
        body, path = exchange.body, exchange.path.removeprefix("/v1")
        if path == "/models":
            entry: dict[str, Any] = {"id": "base"} | ({"owned_by": self.owner} if self.owner else {})
            await exchange.error(200, {"data": [entry]})
        elif path == "/props" and self.props:
            await exchange.error(200, {"default_generation_settings": {}, "total_slots": 4})
        elif path == "/tokenize":
            await exchange.error(200, {"tokens": []})
        elif path not in ("/chat/completions", "/completions"):
            await exchange.error(404, {"error": {"message": "File Not Found", "type": "not_found_error", "code": 404}})
        else:
            events = list(self._events(body))
            if body.get("stream"):
                await exchange.head()
                await exchange.send(b"".join(events))
            else:
                await exchange.error(200, as_one(events))

    def _events(self, body: dict[str, Any]) -> list[bytes]:
        last = body["messages"][-1] if "messages" in body else {"role": "text", "content": body["prompt"]}
        begun = last["content"] if body.get("continue_final_message") and not self.ignores else ""
        pieces = [begun] if self.repeats and begun else []
        pieces += [GOES_ON] if begun or last["role"] == "text" else [f"You say: {last['content'][:40]}"]
        if body.get("max_tokens") == 1:
            pieces = [" upon"]
        if begun and bool(body.get("stream")) in self.echoes:
            echo = begun.strip() if self.trims else begun
            pieces = [echo[:7], echo[7:], *pieces]
        events = [chunk(piece, index=index) for piece in pieces for index in range(body.get("n", 1))]
        return [*events, *(chunk(finish="stop", index=i) for i in range(body.get("n", 1))), b"data: [DONE]\n\n"]
