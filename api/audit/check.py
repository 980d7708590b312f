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
ENVELOPE = ("at", "by", "due_to", "thread")
SHORT = {"id": "violation_id", "lapses": "lapses_at", "appeal": "appeal_days"}
SHORT.update({name: f"{name}_id" for name in ("listing", "seller", "campaign", "product")})
"""Names that are stored short, as they are read."""
DEFAULTS: dict[str, Any] = {"return_address": True, "multiple": 1, "revision": 1}
"""What fields are that were not stored, where that is not nothing."""
DECIMALS = {
    code: decimals
    for decimals, codes in (
        (0, "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"),
        (3, "BHD IQD JOD KWD LYD OMR TND"),
        (4, "CLF UYW"),
    )
    for code in codes.split()
}
"""Of currencies that do not have two."""
CUTS = ("sanction-lifted", "sanction-waived")
VOIDS = ("violation-annulled", "violation-cancelled")
FREEZE = {name: name for name in ("freeze_id", "cause", "from", "until")}
SANCTION = {name: name for name in ("sanction_id", "milestone", "from", "until", "because_of")}
SANCTION["sanction"] = "kind"
"""Fields of facts, as standings call them."""
EDWARDS_D = -121665 * pow(121666, -1, PRIME) % PRIME


def lines(name: str) -> list[Any]:
    """The objects of a file, one a line."""
    return [json.loads(line) for line in (HERE / name).read_bytes().splitlines()]


def instant(us: int) -> str:
    """An instant as it is written."""
    return (EPOCH + timedelta(microseconds=us)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def us(text: str) -> int:
    """An instant in microseconds, written in the one way in which it can be."""
    since = datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%f%z") - EPOCH
    if instant(since // timedelta(microseconds=1)) != text:
        raise ValueError(f"{text} is not an instant as it is written")
    return since // timedelta(microseconds=1)


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
    """Positions grow, versions follow one another, and both files say the same of this seller."""
    if len(told) != len(read):
        yield f"{len(told)} facts are stored, and {len(read)} are told"
    manifest = json.loads((HERE / "manifest.json").read_bytes())
    seller, position, version = manifest["seller_id"], 0, 0
    own = f"seller-{seller}"
    for stored, shown in zip(told, read):  # noqa: B905
        state, name = json.loads(exact(stored["state"])), stored["fact_id"]
        if int(stored["position"]) <= position:
            yield f"{name} does not stand behind the one before"
        position = int(stored["position"])
        stream, _, number = name.rpartition(".")
        if stream == own:
            version += 1
            if int(number) != version:
                yield f"{own}.{version} is missing"
                version = int(number)
        elif state.get("seller", state.get("seller_id")) != seller or stream[:7] == "seller-":
            yield f"{name} is another seller's"
        if stored["recorded_at"] != instant(state["at"]) or state["at"] > us(manifest["known_at"]):
            yield f"{name} was recorded at another instant, or behind known_at"
        if shown != as_read(stored, state, shown["data"], seller):
            yield f"{name} is told otherwise than it is stored"
    if position > int(manifest["position"]):
        yield "the manifest names an earlier position"


def as_read(stored: Any, state: Any, data: Any, seller: str) -> dict[str, Any]:
    """A fact as pages tell it, with these data if they say what was stored."""
    fields: dict[str, Any] = {name: v for name, v in state.items() if name not in ENVELOPE}
    said = {SHORT.get(name, name): v for name, v in fields.items()}
    if stored["kind"].startswith("violation-recorded."):
        said["effective_at"] = state["at"] - said.pop("backdated_us", 0)
    effective = said.get("effective_at", said.get("starts_at", state["at"]))
    return {
        **{name: stored[name] for name in ("fact_id", "position", "kind", "recorded_at")},
        "seller_id": seller,
        "effective_at": instant(effective),
        "actor": state["by"],
        "caused_by": state.get("due_to"),
        "correlation_id": state.get("thread"),
        "policy": said.get("policy"),
        "data": data if alike(said, data) else None,
    }


def alike(said: dict[str, Any], told: dict[str, Any]) -> bool:
    """Whether fields as they are read say what was stored, and what was not has its default."""
    rest, currency = dict(told), said.get("currency")
    for name, value in said.items():
        if name.endswith("_minor") and currency is not None:
            name, value = name[:-6], [value, currency]  # noqa: PLW2901
        if name != "currency" and not same(name, value, rest.pop(name, None)):
            return False
    return all(unsaid(name, value) for name, value in rest.items())


def is_a(kind: type, value: Any) -> bool:
    """Whether a value of JSON is of this kind."""
    return isinstance(value, kind)


def same(name: str, value: Any, told: Any) -> bool:
    """Whether a value as it is read is the one that was stored."""
    if name.endswith(("_at", "until", "_opens", "_closes")):
        return bool(told == instant(value))
    if is_a(dict, value) and not is_a(dict, told):
        return False
    if name in ("carriers", "prices_by_country"):
        return set(value) == set(told) and all(same("", value[key], told[key]) for key in value)
    if is_a(dict, value):
        return alike(value, told)
    if is_a(list, value) and is_a(dict, told):
        decimals = DECIMALS.get(value[1], 2)
        digits = str(value[0]).zfill(decimals + 1)
        amount = f"{digits[:-decimals]}.{digits[-decimals:]}" if decimals else digits
        return told == {"amount": amount, "currency": value[1]}
    return type(told) is type(value) and bool(told == value)


def unsaid(name: str, told: Any) -> bool:
    """Whether a value may be there although none was stored."""
    if is_a(dict, told):
        return all(unsaid(*each) for each in told.items())
    return told is DEFAULTS[name] if name in DEFAULTS else not told


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


def standings(told: list[Any]) -> Iterator[str]:
    """Every standing asked for is there, and is what facts known then made of the seller."""
    manifest = json.loads((HERE / "manifest.json").read_bytes())
    withheld = lines("withheld.ndjson")
    if (len(told), len(withheld)) != (manifest["facts"], manifest["withheld"]):
        yield "the manifest counts other facts"
    wanted: dict[str, tuple[str, str]] = {}
    for at in manifest["at"]:
        folder = at.replace(":", "").replace("-", "")
        if us(at) < us(manifest["known_at"]):
            wanted[f"{folder}/%s-known-then.json"] = (at, at)
        wanted[f"{folder}/%s-known-now.json"] = (at, manifest["known_at"])
    there = {p.relative_to(HERE / "standings").as_posix() for p in HERE.glob("standings/*/*")}
    if there != {name % what for name in wanted for what in ("standing", "explanation")}:
        yield "standings are missing, or there are others than the manifest names"
    for name, (as_of, known_at) in wanted.items():
        shown = json.loads((HERE / "standings" / (name % "standing")).read_bytes())
        why = json.loads((HERE / "standings" / (name % "explanation")).read_bytes())
        asked = {"seller_id": manifest["seller_id"], "as_of": as_of, "known_at": known_at}
        if why["standing"] != shown or any(shown[key] != asked[key] for key in asked):
            yield f"{name % 'standing'} is another standing"
        for one, told_of in zip(shown["sanctions"], why["sanctions"]):  # noqa: B905
            if any(told_of.get(field) != value for field, value in one.items()):
                yield f"{name % 'explanation'} explains another sanction"
        if len(shown["sanctions"]) != len(why["sanctions"]):
            yield f"{name % 'explanation'} explains other sanctions"
        if known_at == manifest["known_at"] and why["checkpoint"] != manifest["checkpoint"]:
            yield f"{name % 'explanation'} names another checkpoint"
        known = [f for f in map(own, told) if f["at"] <= us(known_at)]
        yield from (f"{name % 'standing'}: {wrong}" for wrong in done(shown, known, us(as_of)))
        yield from (f"{name % 'explanation'}: {wrong}" for wrong in due(why, known, us(as_of)))


def own(stored: Any) -> dict[str, Any]:
    """What a fact of the seller's own record says, with its kind; of a case nothing but when."""
    state = json.loads(exact(stored["state"]))
    kind = stored["kind"].partition(".")[0] if stored["fact_id"][:7] == "seller-" else ""
    return {**state, "kind": kind}


def done(shown: Any, known: list[Any], as_of: int) -> Iterator[str]:
    """The sanctions and freezes in force, and what follows from them, are those of the facts."""
    cut = {f["sanction_id"]: f["at"] for f in known if f["kind"] in CUTS}
    cut.update({f["freeze_id"]: f["effective_at"] for f in known if f["kind"] == "funds-released"})

    def in_force(kind: str, key: str) -> Iterator[Any]:
        for fact in known:
            if fact["kind"] == kind:
                ends = [t for t in (fact.get("ends_at"), cut.get(fact[key])) if t is not None]
                if fact["starts_at"] <= as_of and all(as_of < end for end in ends):
                    until = instant(min(ends)) if ends else None
                    yield {**fact, "from": instant(fact["starts_at"]), "until": until}

    sanctions = list(in_force("sanction-imposed", "sanction_id"))
    freezes = list(in_force("funds-frozen", "freeze_id"))
    for name, found, fields in (("sanctions", sanctions, SANCTION), ("freezes", freezes, FREEZE)):
        given = [[fact.get(field) for field in fields] for fact in found]
        told = [[one.get(field) for field in fields.values()] for one in shown[name]]
        if sorted(map(repr, given)) != sorted(map(repr, told)):
            yield f"its {name} are not those that facts give"
    kinds = {fact["sanction"] for fact in sanctions}
    barred = {bar for fact in sanctions for bar in fact.get("bars", [])}
    suspended = "suspension" in kinds
    follows = {
        "status": "suspended" if suspended else "restricted" if kinds else "active",
        "can_sell": "selling" not in barred,
        "can_promote": "promotion" not in barred and not suspended,
        "can_withdraw": not freezes,
    }
    yield from (f"{name} does not follow" for name in follows if shown[name] != follows[name])


def due(why: Any, known: list[Any], as_of: int) -> Iterator[str]:
    """What is counted was given by facts, is all that was in force, and adds up to the total."""
    void = {f.get("violation_id") for f in known if f["kind"] in VOIDS}
    given: dict[str, Any] = {}
    apart = {"cancelled": 0, "expired": 0, "later": 0}
    for fact in known:
        if fact["kind"] == "violation-recorded":
            if fact["id"] in void:
                apart["cancelled"] += 1
            elif as_of < fact["at"] - fact.get("backdated_us", 0):
                apart["later"] += 1
            elif fact["lapses"] <= as_of:
                apart["expired"] += 1
            else:
                given[fact["id"]] = fact
    if why["not_counted"] != apart:
        yield "another number of violations is left out"
    for bucket, total in zip(why["buckets"], why["standing"]["buckets"]):  # noqa: B905
        if any(bucket[name] != value for name, value in total.items()):
            yield f"{bucket['bucket']} is told otherwise in the standing"
        counted = sum(violation["counted"] for violation in bucket["violations"])
        if counted != bucket["value"]:
            yield f"{bucket['bucket']} is {bucket['value']}, counted {counted}"
        for violation in bucket["violations"]:
            fact = given.pop(violation["violation_id"], None)
            if fact is None or not gave(fact, violation, bucket["bucket"]):
                yield f"no fact gave {violation['violation_id']} so much"
    if len(why["buckets"]) != len(why["standing"]["buckets"]):
        yield "the standing has other totals"
    yield from (f"{name} is not counted" for name in given if worth(given[name]))


def worth(fact: Any) -> int:
    """The points or strikes that a violation was given."""
    return int(fact.get("points") or fact.get("strikes", 0))


def gave(fact: Any, told: Any, bucket: str) -> bool:
    """Whether a violation is told as its fact gave it; all of it counts where nothing limits it."""
    limited = "daily_cap" in fact or "merge_days" in fact
    return (
        told["given"] == worth(fact)
        and (0 <= told["counted"] <= told["given"] if limited else told["counted"] == told["given"])
        and bucket == fact["bucket"]
        and told["effective_at"] == instant(fact["at"] - fact.get("backdated_us", 0))
        and told["lapses_at"] == instant(fact["lapses"])
        and all(told[name] == fact.get(name) for name in ("rule", "severity", "policy", "digest"))
    )


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
    lines = (
        "seller-ledger/fact@v1",
        f"position {stored['position']}",
        f"stream {stream}",
        f"version {version}",
        f"name {stored['kind']}",
        f"recorded_at {us(stored['recorded_at'])}",
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
        "the standings": standings(told),
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
    try:
        trusted = Path(sys.argv[1]).read_text().rstrip("\n") + "\n" if len(sys.argv) > 1 else None
    except UNREADABLE as problem:
        sys.exit(f"{sys.argv[1]} cannot be read: {problem!r}")
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
