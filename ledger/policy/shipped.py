"""The packs that come with the program, and packs that a person keeps in a file."""

from collections.abc import Iterable
from importlib.resources import files
from pathlib import Path

from ledger.facts.refusal import Refusal
from ledger.policy.document import MOST_BYTES, WHOLE
from ledger.policy.mistakes import MalformedPack, Mistake
from ledger.policy.refusals import meant

SUFFIX = ".toml"


class PackNotFound(Refusal):
    """Neither a shipped pack nor a file is called so."""

    def __init__(self, name_or_path: str, known: Iterable[str]) -> None:
        names = sorted(known)
        super().__init__(
            f"No policy pack ships as {name_or_path!r}, and no file is there: "
            f"{meant(name_or_path, names)}",
            field="policy",
            accepted=", ".join(names) + ", or the path of a TOML file",
        )


def shipped_packs() -> dict[str, str]:
    """The text of every shipped edition by its ref, `aliexpress@2020-01-01`, in order."""
    packs = files("ledger.policy") / "packs"
    texts = {
        f"{pack.name}@{edition.name.removesuffix(SUFFIX)}": edition.read_text("utf-8")
        for pack in packs.iterdir()
        if pack.is_dir()
        for edition in pack.iterdir()
        if edition.name.endswith(SUFFIX)
    }
    return dict(sorted(texts.items()))


def load_pack(name_or_path: str) -> str:
    """The text of a shipped pack (`aliexpress`, its newest edition; or a ref), else of a file."""
    packs = shipped_packs()
    if name_or_path in packs:
        return packs[name_or_path]
    editions = [ref for ref in packs if ref.partition("@")[0] == name_or_path]
    if editions:
        return packs[editions[-1]]
    return _file_text(Path(name_or_path), name_or_path, packs)


def _file_text(path: Path, named: str, packs: Iterable[str]) -> str:
    try:
        size = path.stat().st_size
        # Looked at before it is read: nobody's mistyped path should fill the memory.
        if size > MOST_BYTES:
            raise MalformedPack([Mistake(WHOLE, f"{size} bytes", f"at most {MOST_BYTES} bytes")])
        return path.read_text("utf-8")
    except UnicodeDecodeError:
        raise MalformedPack([Mistake(WHOLE, "bytes that are not UTF-8", "UTF-8")]) from None
    except (OSError, ValueError):
        raise PackNotFound(named, packs) from None
