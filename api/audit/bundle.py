"""An audit bundle: one seller's record as a ZIP that can be checked without this program.

The same question to the same log gives the same bytes. What else a bundle may hold is another
part beside those of `_PARTS`.
"""

import hashlib
import io
import zipfile
from base64 import b64encode
from collections.abc import Callable, Iterator, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final, NamedTuple

import msgspec

from api.explanations import checkpoint_of, explanation_of
from api.refusals import MalformedParameter
from api.representations import edition_of, fact_seen, position_text, standing_of
from ledger.facts.ids import fact_id, report_of
from ledger.facts.instants import Instant, format_instant
from ledger.facts.reports import ReportFiled
from ledger.log import Log
from ledger.policy.book import BeforeFirstPack, PublishedEdition
from ledger.proof.notes import Note
from ledger.standing.seller import ENGINE_VERSION
from ledger.store.loading import StoredFact
from ledger.store.reader import last_position_before
from projections.facts_reading import facts_found
from projections.facts_wanted import FactsWanted, Span
from projections.tree.checkpoints import Covering
from projections.tree.leaves import leaf_of
from projections.tree.reading import NoCheckpointYet, Tree

MOST_INSTANTS: Final = 100
_AT_ONCE: Final = 1_000
_HERE: Final = Path(__file__).parent
_WRITTEN: Final = (1980, 1, 1, 0, 0, 0)
"""When the files of a ZIP are said to be of: the same whenever it is made."""


class Wanted(NamedTuple):
    """What a bundle is asked to hold."""

    seller_id: str
    at: tuple[Instant, ...] = ()
    """The instants to tell standings of; none: `known_at`."""
    known_at: Instant | None = None
    """Only from what was recorded by then; None: by the newest fact of the log that is no read."""
    texts: bool = False
    """With the texts that its facts seal, as far as they were not erased."""


class Bundle(NamedTuple):
    """A bundle, whole."""

    file_name: str
    body: bytes
    position: int
    facts: int
    withheld: int


class _Case(NamedTuple):
    """What the parts of a bundle are made from."""

    log: Log
    seller_id: str
    known_at: Instant
    at: tuple[Instant, ...]
    position: int
    facts: Sequence[StoredFact]
    withheld: Sequence[StoredFact]
    editions: Sequence[PublishedEdition]
    tree: Tree
    checkpoint: Covering | None
    """None where the log never signed anything."""
    texts: bool


class Member(NamedTuple):
    """A file of a bundle."""

    name: str
    body: bytes


def bundle(log: Log, wanted: Wanted) -> Bundle:
    """Everything of one seller. Raises `MalformedParameter` for too many instants, and what a
    standing raises: `BeforeFirstPack`, `KnownAtInFuture`, `NotSettled`; and `NotProvedYet`.
    """
    if len(wanted.at) > MOST_INSTANTS:
        raise MalformedParameter(
            f"{len(wanted.at)} instants are asked about",
            field="at",
            accepted=f"up to {MOST_INSTANTS}",
        )
    case = _case(log, wanted)
    members = [member for part in _PARTS for member in part(case)]
    sums = "".join(f"{hashlib.sha256(m.body).hexdigest()}  {m.name}\n" for m in members)
    body = _zip([*members, Member("SHA256SUMS", sums.encode())])
    name = f"audit-{wanted.seller_id.replace(':', '_')}-{case.position}.zip"
    return Bundle(name, body, case.position, len(case.facts), len(case.withheld))


def _case(log: Log, wanted: Wanted) -> _Case:
    known_at = wanted.known_at
    if known_at is None:
        known_at = log.reader.newest_but_reads()
    log.check_known_at(known_at)
    with log.reader.snapshot() as cursor:
        position = last_position_before(cursor, known_at + 1)
        whole = FactsWanted(seller_id=wanted.seller_id)
        told = list(facts_found(cursor, whole, Span(0, position), _AT_ONCE))
    withheld = _about_the_seller(told)
    apart = {stored.position for stored in withheld}
    tree = Tree(log.reader)
    return _Case(
        log=log,
        seller_id=wanted.seller_id,
        known_at=known_at,
        at=tuple(dict.fromkeys(wanted.at)) or (known_at,),
        position=position,
        facts=[stored for stored in told if stored.position not in apart],
        withheld=withheld,
        editions=[e for e in log.rulebook.book.editions if e.recorded_at <= known_at],
        tree=tree,
        checkpoint=_checkpoint(tree, known_at),
        texts=wanted.texts,
    )


def _checkpoint(tree: Tree, known_at: Instant) -> Covering | None:
    """What the bundle's proofs lead to. The first that holds its facts, so that the same question
    has the same bytes; raises `NotProvedYet`.
    """
    try:
        return tree.known_at(known_at)[0]
    except NoCheckpointYet:
        return None


def _about_the_seller(facts: Sequence[StoredFact]) -> list[StoredFact]:
    """The facts of reports in which somebody else told of the seller."""
    own = {
        stored.stream
        for stored in facts
        if isinstance(stored.fact, ReportFiled) and stored.fact.about == "buyer"
    }
    return [f for f in facts if report_of(f.stream) is not None and f.stream not in own]


def _about(case: _Case) -> Iterator[Member]:
    yield Member("README.txt", (_HERE / "README.txt").read_bytes())
    yield Member("check.py", (_HERE / "check.py").read_bytes())
    told = {
        "seller_id": case.seller_id,
        "position": position_text(case.position),
        "known_at": format_instant(case.known_at),
        "at": [format_instant(instant) for instant in case.at],
        "engine": ENGINE_VERSION,
        "program": version("seller-ledger"),
        "facts": len(case.facts),
        "withheld": len(case.withheld),
        "checkpoint": checkpoint_of(case.checkpoint),
        "packs": [
            {**msgspec.to_builtins(edition_of(edition)), "file": _pack_file(edition)}
            for edition in case.editions
        ],
    }
    yield _json("manifest.json", told)


def _facts(case: _Case) -> Iterator[Member]:
    stored = [_named(one) | {"state": b64encode(one.state).decode()} for one in case.facts]
    yield _lines("facts.ndjson", stored)
    yield _lines("facts-read.ndjson", map(fact_seen, case.facts))
    yield _lines("withheld.ndjson", map(_named, case.withheld))


def _texts(case: _Case) -> Iterator[Member]:
    """What was said with the facts that are told. The key of the seals stays here: it would show
    what else of the seller's was said in words that somebody guesses.
    """
    if not case.texts:
        return
    said = case.log.reader.prose([stored.position for stored in case.facts])
    told = [one for one in case.facts if one.position in said]
    rows = [_named(one) | {"words": said[one.position]} for one in told]
    yield _lines("texts.ndjson", rows)


def _standings(case: _Case) -> Iterator[Member]:
    for instant in case.at:
        folder = "standings/" + format_instant(instant).replace(":", "").replace("-", "")
        if instant < case.known_at:
            yield from _standing(case, folder, instant, instant, "known-then")
        yield from _standing(case, folder, instant, case.known_at, "known-now")


def _standing(
    case: _Case, folder: str, as_of: Instant, known_at: Instant, name: str
) -> Iterator[Member]:
    log, book = case.log, case.log.rulebook.book
    try:
        found = log.standing(case.seller_id, as_of, known_at)
        why = log.explanation(case.seller_id, as_of, known_at)
    except BeforeFirstPack as refusal:
        refusal.field = "at"
        raise
    yield _json(f"{folder}/standing-{name}.json", standing_of(found, book))
    told = explanation_of(why, log, case.tree, names_people=True)
    yield _json(f"{folder}/explanation-{name}.json", told)


def _packs(case: _Case) -> Iterator[Member]:
    for edition in case.editions:
        yield Member(_pack_file(edition), case.log.reader.edition(edition.policy.digest))


def _proofs(case: _Case) -> Iterator[Member]:
    """Of each fact its leaf and the path to the checkpoint. Words of witnesses, which come in
    later, are left out: the bytes would change.
    """
    if case.checkpoint is None:
        return
    signed = case.checkpoint.signed
    yield Member("checkpoint", signed.note)
    signers = {(one.name, one.key_id) for one in Note.decode(signed.note).signatures}
    keys = [key.line for key, _, _ in case.tree.log_keys() if (key.name, key.key_id) in signers]
    yield Member("key", "".join(f"{line}\n" for line in keys).encode())
    paths = case.tree.proofs([stored.position for stored in case.facts], signed)
    for stored, path in zip(case.facts, paths, strict=True):
        proof = msgspec.structs.replace(path, extra=leaf_of(stored).encode())
        yield Member(f"proofs/{position_text(stored.position)}.tlog-proof", proof.encode())


_PARTS: Final[tuple[Callable[[_Case], Iterator[Member]], ...]] = (
    _about,
    _facts,
    _texts,
    _standings,
    _packs,
    _proofs,
)


def _pack_file(edition: PublishedEdition) -> str:
    return f"packs/{edition.policy.ref}.json"


def _named(stored: StoredFact) -> dict[str, Any]:
    return {
        "fact_id": fact_id(stored.stream, stored.version),
        "position": position_text(stored.position),
        "kind": stored.name,
        "recorded_at": format_instant(stored.fact.recorded_at),
    }


def _json(name: str, told: Any) -> Member:
    return Member(name, msgspec.json.format(msgspec.json.encode(told), indent=2) + b"\n")


def _lines(name: str, rows: Any) -> Member:
    return Member(name, msgspec.json.Encoder().encode_lines(list(rows)))


def _zip(members: Sequence[Member]) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as file:
        for name, body in members:
            entry = zipfile.ZipInfo(name, _WRITTEN)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            file.writestr(entry, body)
    return held.getvalue()
