"""The Prefer header, read as RFC 7240 writes it."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_server.overrides.preference import PreferError, ResponsePreference, read_prefer

TOKENS = st.text("abcXYZ019!#$%&'*+-.^_`|~", min_size=1, max_size=8)
TEXTS = st.text(min_size=1, max_size=12)
BLANKS = st.sampled_from(["", " ", "\t", "  "])


@pytest.mark.parametrize(
    ("header", "preference"),
    [
        ("code=422", ResponsePreference(code=422)),
        ("code=422, example=slug, wait=2", ResponsePreference(422, "slug", 2)),
        ("code=422,example=slug,wait=2", ResponsePreference(422, "slug", 2)),
        (' code = "422" ,  wait="0.5"', ResponsePreference(code=422, wait=0.5)),
        ('example="a \\"b\\" \\\\, c=1"', ResponsePreference(example='a "b" \\, c=1')),
        ("CODE=404", ResponsePreference(code=404)),
        ("code=404, code=500", ResponsePreference(code=404)),
        ("respond-async, wait=10", ResponsePreference(wait=10)),
        ('return=minimal; foo="some, parameter"; bar, code=400; x=1', ResponsePreference(code=400)),
        (",, code=404 ,", ResponsePreference(code=404)),
        ("return=minimal", None),
        ('handling=lenient, foo; bar; baz="code=404"', None),
        ("", None),
        ("foo=", None),
    ],
)
def test_only_our_preferences_are_read(header: str, preference: ResponsePreference | None) -> None:
    assert read_prefer(header) == preference


@pytest.mark.parametrize(
    ("header", "told"),
    [
        ("code", "code must be a status from 200 to 599"),
        ("code=42", "code must be"),
        ("code=100", "code must be"),
        ("code=600", "code must be"),
        ("code=4\u06600", "at character"),
        ("example=", "example must be the name"),
        ('example=""', "example must be the name"),
        ("wait=soon", "wait must be a number of seconds from 0 to 60"),
        ("wait=61", "wait must be"),
        ("wait=-1", "wait must be"),
        ("wait=1e1", "wait must be"),
        ("code=404 example=x", "at character 1"),
        ('wait=1, example="open', "at character"),
        ("=5", "at character 1"),
    ],
)
def test_an_invalid_header_is_refused(header: str, told: str) -> None:
    with pytest.raises(PreferError, match=told):
        read_prefer(header)


@given(
    st.builds(ResponsePreference, st.integers(200, 599), TEXTS, st.integers(0, 60)),
    st.lists(st.tuples(TOKENS.map(lambda token: f"x-{token}"), TEXTS), max_size=3),
    st.permutations(range(3)),
    BLANKS,
)
def test_a_header_written_by_the_grammar_is_understood(
    preference: ResponsePreference, others: list[tuple[str, str]], order: list[int], blank: str
) -> None:
    ours = [
        f"code{blank}={blank}{preference.code}",
        f"example={quoted(preference.example or '')}",
        f"wait={preference.wait}",
    ]
    theirs = [f"{name}={quoted(value)};p={quoted(value)}" for name, value in others]
    assert read_prefer(f"{blank},{blank}".join([*(ours[number] for number in order), *theirs])) == preference


@given(st.integers(200, 599) | st.none(), TEXTS | TOKENS, st.sampled_from([None, 0, 0.25, 2, 60]))
def test_what_is_reported_as_applied_reads_as_the_preference(
    code: int | None, example: str, wait: float | None
) -> None:
    preference = ResponsePreference(code, example, wait)
    assert read_prefer(preference.preferences()) == preference


@given(st.text())
def test_any_header_is_a_preference_or_none_or_is_refused(header: str) -> None:
    with suppress(PreferError):
        assert isinstance(read_prefer(header), ResponsePreference | None)


@pytest.mark.parametrize("piece", [" ", "a=", ";", "a;", " ;", '"', "a ", 'a="\\"'])
def test_a_long_header_is_read_in_one_go(piece: str) -> None:
    with pytest.raises(PreferError):
        read_prefer(f"x {piece * 50_000}\x00")


def quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
