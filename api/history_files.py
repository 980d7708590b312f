"""A history file: its identity, its lines, and the report of those that were not taken."""

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple, get_args

import msgspec

from api.bodies import LINE_AT_MOST, command_in
from api.mistakes import mistake_in, mistake_in_line
from api.refusals import BodyTooLarge, MalformedBody
from ledger.decide.commands import Command, InstantText
from ledger.facts.instants import parse_instant
from ledger.facts.refusal import Refusal
from ledger.history import Line, Rejected

_COMMANDS: Final[tuple[type[msgspec.Struct], ...]] = get_args(Command)


class _Recorded(msgspec.Struct):
    """What a line of a history has beside its command."""

    recorded_at: InstantText


_recorded: Final = msgspec.json.Decoder(_Recorded)


def _dated(command: type[msgspec.Struct]) -> type[msgspec.Struct]:
    """The shape of a command as a line of a history: with the instant at which it was recorded."""
    config = command.__struct_config__
    return msgspec.defstruct(
        command.__name__,
        [("recorded_at", InstantText)],
        bases=(command,),
        kw_only=True,
        frozen=True,
        forbid_unknown_fields=True,
        tag_field=config.tag_field,
        tag=config.tag,
    )


_DATED: Final = {_dated(command): command for command in _COMMANDS}
_shapes: Any = next(iter(_DATED))
for _shape in list(_DATED)[1:]:
    _shapes = _shapes | _shape
_dated_commands: Final = msgspec.json.Decoder(_shapes)


class FileIdentity(NamedTuple):
    """Which file it is, whatever it is called: the digest of its bytes, and how many lines."""

    digest: str
    lines: int


def identity(path: Path) -> FileIdentity:
    """Read the whole file once.

    The digest of all bytes, not of the head and the size: line numbers are how an import goes on,
    and one word mended in the middle makes another file.
    """
    digest, lines, last = hashlib.sha256(), 0, b"\n"
    with path.open("rb") as file:
        while part := file.read(1 << 20):
            digest.update(part)
            lines += part.count(b"\n")
            last = part[-1:]
    return FileIdentity(digest.hexdigest(), lines + (last != b"\n"))


def lines_in(path: Path) -> Iterator[tuple[int, bytes]]:
    """The lines of a file with their numbers, without blank ones; one too long is cut."""
    with path.open("rb") as file:
        number = 0
        while line := file.readline(LINE_AT_MOST + 2):
            number += 1
            while not line.endswith(b"\n") and (rest := file.readline(LINE_AT_MOST)):
                line = line[: LINE_AT_MOST + 1] + b"\n" * rest.endswith(b"\n")
            if line.strip():
                yield number, line.rstrip(b"\r\n")


def history_lines(path: Path, after: int = 0) -> Iterator[Line]:
    """The lines of a history behind line `after`, as commands with their instants."""
    for number, line in lines_in(path):
        if number > after:
            yield history_line(number, line)


def history_line(number: int, line: bytes) -> Line:
    """A line as its command and instant, or with the problem."""
    try:
        if len(line) > LINE_AT_MOST:
            raise BodyTooLarge(LINE_AT_MOST, "the line")
        try:
            told: Any = _dated_commands.decode(line)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            raise _mistake(line, error) from None
        if b"\\u0000" in line:
            raise MalformedBody("the line holds U+0000", accepted="text without U+0000")
        at = parse_instant(told.recorded_at, "recorded_at")
        fields = msgspec.structs.asdict(told)
        del fields["recorded_at"]
        command = _DATED[type(told)](**fields)
    except Refusal as problem:
        return Line(number, problem=problem)
    return Line(number, at, command)  # pyright: ignore[reportArgumentType]


def _mistake(line: bytes, error: Exception) -> Refusal:
    try:
        _recorded.decode(line)
    except msgspec.ValidationError as missing:
        return mistake_in(missing, _Recorded)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        pass
    return mistake_in_line(error, line)


def command_lines(path: Path, after: int = 0) -> Iterator[tuple[int, Command | Refusal]]:
    """The lines of a file of commands without instants of their own."""
    for number, line in lines_in(path):
        if number > after:
            try:
                yield number, command_in(line)
            except Refusal as problem:
                yield number, problem


class RejectedFile:
    """The report beside a file: one JSON object for every line that was not taken.

    A batch's lines are written before it is durable; taken up again, an import first drops what
    stands behind the last durable line.
    """

    def __init__(self, path: Path, done: int) -> None:
        self.path = path
        self._kept = [entry for entry in _entries(path) if entry["line"] <= done] if done else []
        self._begun = False

    def add(self, rejected: Sequence[Rejected]) -> None:
        """Report lines."""
        if not rejected:
            return
        if not self._begun:
            self.path.write_bytes(b"".join(msgspec.json.encode(e) + b"\n" for e in self._kept))
            self._begun = True
        with self.path.open("ab") as file:
            file.writelines(msgspec.json.encode(entry_of(one)) + b"\n" for one in rejected)


def entry_of(rejected: Rejected) -> dict[str, Any]:
    """A rejected line as it is reported."""
    problem = rejected.problem
    return {
        "line": rejected.number,
        "problem": str(problem),
        "field": problem.field,
        "accepted": problem.accepted,
    }


def _entries(path: Path) -> list[dict[str, Any]]:
    if not path.exists():
        return []
    entries: list[dict[str, Any]] = []
    for line in path.read_bytes().splitlines():
        try:
            entries.append(msgspec.json.decode(line))
        except msgspec.MsgspecError:  # cut off by a crash
            break
    return entries
