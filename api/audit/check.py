"""Check an audit bundle, unpacked beside this file: `python3 check.py`. Needs nothing else.

`python3 check.py my.key` trusts the log's key in that file, instead of the one in the bundle.
"""

from __future__ import annotations

import base64
import hashlib
import json
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
UNREADABLE = (ValueError, KeyError, TypeError, AttributeError, IndexError, OSError)
"""What reading a changed file may raise."""
EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)  # noqa: UP017
PRIME = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
EDWARDS_D = -121665 * pow(121666, -1, PRIME) % PRIME


def lines(name: str) -> list[Any]:
    """The objects of a file, one a line."""
    return [json.loads(line) for line in (HERE / name).read_bytes().splitlines()]


def sums() -> Iterator[str]:
    """Every file is the one that was written, and none was added."""
    named: set[str] = set()
    for line in (HERE / "SHA256SUMS").read_text().splitlines():
        told, _, name = line.partition("  ")
        named.add(name)
        found = hashlib.sha256((HERE / name).read_bytes()).hexdigest()
        if found != told:
            yield f"{name} is not the file that was written"
    there = {p.relative_to(HERE).as_posix() for p in HERE.rglob("*") if p.is_file()}
    for name in sorted(there - named - {"SHA256SUMS"}):
        if "__pycache__" not in name:
            yield f"{name} is in no list"


def facts(told: list[Any], read: list[Any]) -> Iterator[str]:
    """Positions grow, versions follow one another, and both files say the same."""
    if len(told) != len(read):
        yield f"{len(told)} facts are stored, and {len(read)} are told"
    manifest = json.loads((HERE / "manifest.json").read_bytes())
    own, position = f"seller-{manifest['seller_id']}", 0
    version = 0
    for stored, shown in zip(told, read):  # noqa: B905
        state = json.loads(exact(stored["state"]))
        if int(stored["position"]) <= position:
            yield f"{stored['fact_id']} does not stand behind the one before"
        position = int(stored["position"])
        stream, _, number = stored["fact_id"].rpartition(".")
        if stream == own:
            version += 1
            if int(number) != version:
                yield f"{own}.{version} is missing"
                version = int(number)
        for field in ("fact_id", "position", "kind"):
            if stored[field] != shown[field]:
                yield f"{stored['fact_id']}: {field} is told otherwise"
        if state["by"] != shown["actor"] or state.get("due_to") != shown["caused_by"]:
            yield f"{stored['fact_id']}: its actor or its cause is told otherwise"


def packs(told: list[Any]) -> Iterator[str]:
    """Each edition has the digest by which facts name it."""
    manifest = json.loads((HERE / "manifest.json").read_bytes())
    digests: dict[str, str] = {}
    for pack in manifest["packs"]:
        found = hashlib.sha256((HERE / pack["file"]).read_bytes()).hexdigest()
        digests[pack["policy"]] = found
        if pack["digest"] != f"sha256:{found}":
            yield f"{pack['file']} has another digest than {pack['digest']}"
    for stored in told:
        state = json.loads(base64.b64decode(stored["state"]))
        named = state.get("digest")
        if named and not digests.get(state["policy"], "").startswith(named):
            yield f"{stored['fact_id']} names an edition of another digest"


def explanations(told: list[Any]) -> Iterator[str]:
    """What is counted adds up to the total, and was given by a fact."""
    given: dict[str, int] = {}
    for stored in told:
        if stored["kind"].startswith("violation-recorded."):
            state = json.loads(base64.b64decode(stored["state"]))
            given[state["id"]] = state.get("points") or state.get("strikes", 0)
    for place in sorted(HERE.glob("standings/*/explanation-*.json")):
        for bucket in json.loads(place.read_bytes())["buckets"]:
            counted = sum(violation["counted"] for violation in bucket["violations"])
            if counted != bucket["value"]:
                yield f"{place.name}: {bucket['bucket']} is {bucket['value']}, counted {counted}"
            for violation in bucket["violations"]:
                if given.get(violation["violation_id"]) != violation["given"]:
                    yield f"{place.name}: no fact gave {violation['violation_id']} so much"


def exact(text: str) -> bytes:
    """The bytes of a text in base64, written in the one way in which it can be."""
    told = base64.b64decode(text, validate=True)
    if base64.b64encode(told).decode() != text:
        raise ValueError(f"{text[:20]} is not base64 as it is written")
    return told


def proofs(told: list[Any], trusted: str | None) -> Iterator[str]:
    """The log signed a checkpoint, and each fact stands in it where it says, byte for byte."""
    named = json.loads((HERE / "manifest.json").read_bytes())["checkpoint"]
    if named is None:
        if trusted is not None or (HERE / "checkpoint").exists():
            yield "the manifest names no checkpoint"
        return
    note = (HERE / "checkpoint").read_bytes()
    keys = (HERE / "key").read_text(encoding="ascii") if trusted is None else trusted
    text = signed_text(note, keys)
    if text is None:
        yield "the checkpoint is not signed by the key"
        return
    log, size, root = text.split("\n")[:3]
    if (log, int(size), root) != (named["log"], named["size"], named["root"]):
        yield "the manifest names another checkpoint"
    for stored in told:
        leaf, file = leaf_of(stored), HERE / f"proofs/{stored['position']}.tlog-proof"
        if not leads_to(file.read_bytes(), leaf, int(stored["position"]) - 1, note):
            yield f"{stored['fact_id']} is not proved by {file.name}"


def leaf_of(stored: Any) -> bytes:
    """The bytes that the log hashed for a fact."""
    stream, _, version = stored["fact_id"].rpartition(".")
    since = datetime.strptime(stored["recorded_at"], "%Y-%m-%dT%H:%M:%S.%f%z") - EPOCH
    if (EPOCH + since).strftime("%Y-%m-%dT%H:%M:%S.%fZ") != stored["recorded_at"]:
        raise ValueError(f"{stored['recorded_at']} is not an instant as it is written")
    lines = (
        "seller-ledger/fact@v1",
        f"position {stored['position']}",
        f"stream {stream}",
        f"version {version}",
        f"name {stored['kind']}",
        f"recorded_at {since // timedelta(microseconds=1)}",
    )
    return "".join(f"{line}\n" for line in lines).encode() + b"\n" + exact(stored["state"])


def leads_to(file: bytes, leaf: bytes, index: int, note: bytes) -> bool:
    """Whether a tlog-proof leads from a leaf to a checkpoint, as RFC 6962 section 2.1.1 has it."""
    extra = base64.b64encode(leaf).decode()
    head = f"c2sp.org/tlog-proof@v1\nextra {extra}\nindex {index}\n".encode()
    if not (file.startswith(head) and file.endswith(b"\n" + note)):
        return False
    *lines_of_path, end = file[len(head) : -len(note) - 1].decode().split("\n")
    path = [exact(line) for line in lines_of_path]
    size, root = note.split(b"\n")[1:3]
    found, place, last = hashlib.sha256(b"\0" + leaf).digest(), index, int(size) - 1
    for beside in path:
        if last == 0:
            return False
        if place % 2 or place == last:
            found = hashlib.sha256(b"\1" + beside + found).digest()
            while place and not place % 2:
                place, last = place // 2, last // 2
        else:
            found = hashlib.sha256(b"\1" + found + beside).digest()
        place, last = place // 2, last // 2
    return end == "" and last == 0 and 0 <= index < int(size) and base64.b64encode(found) == root


def signed_text(note: bytes, keys: str) -> str | None:
    """The text of a signed note, if at least one of the keys signed it and none was forged."""
    text, _, lines = note.decode().rpartition("\n\n")
    text, signed = text + "\n", False
    for line in keys.splitlines():
        name, key_id, encoded = line.split("+", 2)
        material = exact(encoded)
        found = hashlib.sha256(f"{name}\n".encode() + material).digest()[:4]
        if found.hex() != key_id or material[:1] != b"\1" or not text.startswith(f"{name}\n"):
            return None
        for signature in lines.splitlines():
            _, signer, signature_text = signature.split(" ")
            told = exact(signature_text)
            if (signer, told[:4]) == (name, found):
                if not verified(material[1:], text.encode(), told[4:]):
                    return None
                signed = True
    return text if signed and keys.endswith("\n") else None


def verified(public: bytes, message: bytes, signature: bytes) -> bool:
    """Whether an Ed25519 signature is good, as RFC 8032 section 5.1.7 has it."""
    key, commitment = point(public), point(signature[:32])
    scalar = int.from_bytes(signature[32:], "little")
    if len(signature) != 64 or key is None or commitment is None or scalar >= ORDER:
        return False
    digest = hashlib.sha512(signature[:32] + public + message).digest()
    base = point((4 * pow(5, -1, PRIME) % PRIME).to_bytes(32, "little"))
    right = times(int.from_bytes(digest, "little") % ORDER, key)
    return times(scalar, base) == added(commitment, right)


def point(encoded: bytes) -> tuple[int, int] | None:
    """The point of the curve that 32 bytes name; None if they name none."""
    number = int.from_bytes(encoded, "little")
    y, odd = number % 2**255, number >> 255
    square = (y * y - 1) * pow(EDWARDS_D * y * y + 1, -1, PRIME) % PRIME
    x = pow(square, (PRIME + 3) // 8, PRIME)
    if x * x % PRIME != square:
        x = x * pow(2, (PRIME - 1) // 4, PRIME) % PRIME
    if len(encoded) != 32 or y >= PRIME or x * x % PRIME != square or (x == 0 and odd):
        return None
    return (x if x % 2 == odd else PRIME - x, y)


def added(one: Any, other: Any) -> tuple[int, int]:
    """The sum of two points."""
    (x, y), (u, v) = one, other
    product = EDWARDS_D * x * u * y * v % PRIME
    return (
        (x * v + u * y) * pow(1 + product, -1, PRIME) % PRIME,
        (y * v + x * u) * pow(1 - product, -1, PRIME) % PRIME,
    )


def times(scalar: int, base: Any) -> tuple[int, int]:
    """A point, so many times."""
    total = (0, 1)
    while scalar:
        if scalar % 2:
            total = added(total, base)
        base, scalar = added(base, base), scalar // 2
    return total


def mistakes(trusted: str | None = None) -> list[str]:
    """Everything that is wrong with the bundle; a file that cannot be read is named by the check
    that failed.
    """
    told = lines("facts.ndjson")
    read = lines("facts-read.ndjson")
    checks = {
        "the sums": sums(),
        "the facts": facts(told, read),
        "the packs": packs(told),
        "the explanations": explanations(told),
        "the proofs": proofs(told, trusted),
    }
    wrong: list[str] = []
    for name, check in checks.items():
        try:
            wrong += check
        except UNREADABLE as problem:
            wrong.append(f"{name} cannot be read: {problem!r}")
    return wrong


def main() -> None:
    """Tell what is wrong; the exit status is 1 if anything is."""
    trusted = Path(sys.argv[1]).read_text() if len(sys.argv) > 1 else None
    try:
        wrong = mistakes(trusted)
    except UNREADABLE as problem:
        wrong = [f"the facts cannot be read: {problem!r}"]
    for sentence in wrong:
        sys.stdout.write(sentence + "\n")
    if not (HERE / "checkpoint").exists():
        sys.stdout.write("No proofs: the log had signed nothing when the bundle was made.\n")
    sys.stdout.write(f"{len(wrong)} mistakes.\n")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
