"""Files spoilt by chance come to days, or are refused with a place: nothing else ever happens."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.orders.days import days_of
from api.orders.layout import load_layout
from api.orders.mistakes import FilesRefused
from tests.spec.orders.small import FILES, write_small

OLIST = load_layout("olist")
BITS = st.one_of(
    st.sampled_from(
        [
            b"",
            b",",
            b'"',
            b"\n",
            b"\r",
            b"\0",
            b"\xff",
            b";",
            b"\xef\xbb\xbf",
            b" ",
            b"-",
            b"9" * 40,
        ]
    ),
    st.binary(max_size=6),
)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(list(FILES)), st.floats(0, 1), st.integers(0, 30), BITS)
def test_spoilt_files_are_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, name: str, place: float, cut: int, bits: bytes
) -> None:
    folder = write_small(tmp_path_factory.mktemp("spoilt"))
    told = FILES[name].encode()
    at = int(place * len(told))
    (folder / name).write_bytes(told[:at] + bits + told[at + cut :])
    try:
        with days_of(OLIST, folder) as days:
            for commands in days.commands(100):
                assert commands
    except FilesRefused as refused:
        for mistake in refused.mistakes:
            assert mistake.file in FILES
            assert mistake.line >= 1
            assert mistake.accepted
