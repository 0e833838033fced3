"""The names of models where there is little room: cut alike, at what they share, so that the difference is seen."""

import pytest

from diptych.tui.model_names import doses_of, shown_names, with_doses

COPIES = ("smollm2-135m-instruct", "smollm2-135m-instruct+hello")


def shown(cells: int, *models: str) -> list[str]:
    return [name.text for name in shown_names(models, cells)]


def test_names_that_fit_are_whole() -> None:
    assert shown(27, *COPIES) == list(COPIES)


def test_copies_are_cut_alike_in_the_middle_of_what_they_share() -> None:
    assert shown(20, *COPIES) == ["smollm…nstruct", "smollm…nstruct+hello"]


def test_where_not_all_can_be_cut_alike_what_is_a_model_s_own_is_kept() -> None:
    names = shown(12, *COPIES, "smollm2-135m-instruct+random-words")
    assert names == ["smoll…struct", "smoll…+hello", "smoll…-words"]


def test_what_is_shared_may_stand_in_the_middle_of_a_name() -> None:
    models = "gpt-4o-2024-08-06", "ft:gpt-4o-2024-08-06:org::AbCd12"
    assert shown(24, *models) == ["gpt-…8-06", "ft:gpt-…8-06:org::AbCd12"]
    base, tuned = shown_names(models, 24)
    assert (base.before, base.after) == ("", "")
    assert (tuned.before, tuned.after) == ("ft:", ":org::AbCd12")


def test_names_that_share_nothing_keep_both_ends() -> None:
    assert shown(9, "mistral-7b-v3", "qwen2.5-14b") == ["mist…b-v3", "qwen…-14b"]


STACKS = ("smollm2-135m-instruct+introspect", "smollm2-135m-instruct+hello+introspect", "smollm2-135m-instruct+hello")


def test_names_that_would_be_cut_to_the_same_keep_a_part_of_each_adapter() -> None:
    assert shown(12, *STACKS) == ["…introspect", "…hello+intr…", "…hello"]
    assert shown(16, *STACKS) == ["…introspect", "…hello+introspe…", "…hello"]
    assert shown(24, *STACKS) == ["smo…uct+introspect", "smo…uct+hello+introspect", "smo…uct+hello"]


@pytest.mark.parametrize("cells", range(1, 40))
def test_no_name_is_wider_than_its_room(cells: int) -> None:
    models = (*COPIES, "smollm2-135m-instruct+random-words", "another")
    for some in (models[:1], models[:2], models[:3], models, STACKS, ("same-model", "same-model")):
        assert all(len(name) <= cells for name in shown(cells, *some))


def test_doses_stand_apart_from_the_name() -> None:
    names = {"m+hello@0.5": "m+hello @ .5", "m+a@1.25+b": "m+a @ 1.25+b", "m+hello@0": "m+hello @ 0"}
    assert {name: with_doses(name) for name in names} == names
    for name in ("m+hello", "gpt@2024", "base:hello", "a+b@c"):
        assert with_doses(name) == name


def test_the_doses_of_a_side_are_told_where_one_is_not_1() -> None:
    told = {"m+hello@0.5": "hello @ .5", "m+a@1.25+b": "a @ 1.25+b", "m+hello": "", "m": "", "gpt@2024": ""}
    assert {name: doses_of(name) for name in told} == told
