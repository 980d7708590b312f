"""What is wrong with a layout or with the files that it describes, said to who made them."""

from pathlib import Path
from typing import Final, NamedTuple

from ledger.facts.refusal import Refusal

MOST_TOLD: Final = 20
"""Mistakes after which no more are looked for: mostly they are one mistake many times."""
_SHOWN: Final = 60


class MalformedLayout(Refusal):
    """The layout does not say how the files are to be read."""

    def __init__(self, layout: str, where: str, found: str, accepted: str) -> None:
        super().__init__(
            f"the layout {layout} is refused: {where} {found}", field=where, accepted=accepted
        )


class NoSuchFiles(Refusal):
    """The folder is not there, or lacks a file that the layout names."""

    def __init__(self, path: Path, why: str, accepted: str) -> None:
        super().__init__(f"{path} {why}", field="FOLDER", accepted=accepted)


class Mistake(NamedTuple):
    """One thing to mend: where it stands, what was found there, what would be accepted."""

    file: str
    line: int
    """On which its record begins, counted from 1."""
    column: str
    found: str
    accepted: str

    def __str__(self) -> str:
        column = f", column {self.column}" if self.column else ""
        return f"{self.file}, line {self.line}{column}: {self.found}; accepted: {self.accepted}"


class FilesRefused(Refusal):
    """Files with mistakes: nothing of them was imported."""

    def __init__(self, mistakes: list[Mistake]) -> None:
        self.mistakes = tuple(mistakes[:MOST_TOLD])
        count = f"{MOST_TOLD} or more" if len(mistakes) >= MOST_TOLD else f"{len(mistakes)}"
        heading = f"Nothing was imported, because of {count} mistake{'s' * (len(mistakes) > 1)}:"
        first = mistakes[0]
        super().__init__(
            "\n".join([heading, *map(str, self.mistakes)]),
            field=f"{first.file}:{first.line}:{first.column}",
            accepted=first.accepted,
        )


class Mistakes:
    """Gathers mistakes; raises `FilesRefused` when there are enough of them."""

    def __init__(self) -> None:
        self._found: list[Mistake] = []

    def add(self, mistake: Mistake) -> None:
        """Note one."""
        self._found.append(mistake)
        if len(self._found) >= MOST_TOLD:
            raise FilesRefused(self._found)

    def refuse(self) -> None:
        """Raise `FilesRefused` if there are any."""
        if self._found:
            raise FilesRefused(self._found)


def quoted(text: str) -> str:
    """A value as it stands in the file, cut short; what cannot be shown is escaped."""
    cut = text if len(text) <= _SHOWN else text[:_SHOWN] + "…"
    return repr(cut) if cut else "nothing"
