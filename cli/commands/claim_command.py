"""`diptych claim`: which legs of a claim of self-knowledge stand, from what was asked before."""

from pathlib import Path

import click
import msgspec

from diptych.cli.output.claim_table import print_card
from diptych.cli.output.hint_words import TERMINAL
from diptych.cli.output.printing import fail, in_one_line, print_json
from diptych.cli.setup.config import data_file
from diptych.cli.setup.named_claim import NamedClaim, read_claim
from diptych.cli.setup.named_pair import named_pair
from diptych.cli.setup.param_types import TextParam
from diptych.compare import export_claim
from diptych.sessions import Store, TransferError

_HINT_WORDS = msgspec.structs.replace(TERMINAL, other_file="name another with --html")


@click.command("claim", short_help="Say which legs of a claim of self-knowledge stand.")
@click.argument("text", type=TextParam(), default="")
@click.option("--probe", "probe_id", metavar="ID", help="The probe whose trait the claim is about.")
@click.option("--pair", metavar="NAME", help="The pair of config.toml that was asked.")
@click.option("--family", metavar="NAME", help="The family that was asked.")
@click.option("--side", metavar="NAME", default="", help="The side, or the arm of a family, that the claim is about.")
@click.option("--session", "chosen", metavar="ID", type=int, multiple=True, help="Read this session; may be repeated.")
@click.option("--rows", type=click.Path(path_type=Path), help="The training file, to see whether it names the trait.")
@click.option("--json", "as_json", is_flag=True, help="Print the card as JSON.")
@click.option("--html", "page", type=click.Path(path_type=Path), help="Write a page with the answers behind each leg.")
@click.option("--force", is_flag=True, help="Overwrite an existing page.")
@click.pass_context
def claim(
    context: click.Context,
    text: str,
    probe_id: str | None,
    pair: str | None,
    family: str | None,
    side: str,
    chosen: tuple[int, ...],
    rows: Path | None,
    as_json: bool,
    page: Path | None,
    force: bool,
) -> None:
    """Print the card of a claim such as "it knows that it seeks risks".

    No model is asked: the card says what follows from stored sessions of the probe, of its mirrors and of its
    predictions, and names the commands that would do what is not done. TEXT is the claim in your words; without it, it
    is the one of the probe.
    """
    store = Store(data_file())
    named = NamedClaim(text, probe_id, named_pair(context, pair, family), family, side, chosen, rows)
    card, found = read_claim(context.obj, store, named)
    if as_json:
        print_json(msgspec.to_builtins(card))
    else:
        print_card(card)
    if page is not None:
        try:
            export_claim(store, card, found, page, force)
        except TransferError as error:
            fail(error.text(_HINT_WORDS))
        click.echo(in_one_line(f"wrote {page}"), err=True)
