"""A page as a reader without scripts has it: its links, its rows, its fields, its words."""

from html.parser import HTMLParser
from urllib.parse import urljoin

from httpx import Response
from starlette.testclient import TestClient

VOID = {"meta", "link", "input", "img", "br"}


class PageRead(HTMLParser):
    """What was found on a page."""

    def __init__(self, answer: Response) -> None:
        super().__init__()
        self.answer = answer
        self.status = answer.status_code
        self.links: list[dict[str, str]] = []
        """Attributes of each, with its words as `text` and its whole address as `address`."""
        self.fields: dict[str, str] = {}
        """What each holds."""
        self.rows: list[list[str]] = []
        """The words of each row of a table's body."""
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.words = ""
        self._open: list[str] = []
        self._select = ""
        self.feed(answer.text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in attrs}
        self.tags.append((tag, told))
        if tag not in VOID:
            self._open.append(tag)
        match tag:
            case "a":
                address = urljoin(str(self.answer.url), told.get("href", ""))
                self.links.append({**told, "text": "", "address": address})
            case "input" if "name" in told:
                self.fields[told["name"]] = told.get("value", "")
            case "select":
                self._select = told.get("name", "")
                self.fields[self._select] = ""
            case "option" if "selected" in told:
                self.fields[self._select] = told["value"]
            case "tr" if "tbody" in self._open:
                self.rows.append([])
            case "td" | "th" if "tbody" in self._open:
                self.rows[-1].append("")
            case _:
                pass

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        if "script" in self._open:
            return
        self.words += data
        if "a" in self._open:
            self.links[-1]["text"] += data
        if "tbody" in self._open and self.rows and self.rows[-1]:
            self.rows[-1][-1] += data

    def link(self, text: str) -> str:
        """The address of the first link that begins with these words."""
        return next(
            link["address"]
            for link in self.links
            if " ".join(link["text"].split()).startswith(text)
        )

    def has_link(self, text: str) -> bool:
        """Whether a link begins with these words."""
        return any(" ".join(link["text"].split()).startswith(text) for link in self.links)

    def firsts(self) -> list[str]:
        """The first words of each row."""
        return [row[0].strip() for row in self.rows]

    def attributes(self, tag: str, name: str) -> list[str]:
        """What the elements that have an attribute say in it."""
        return [told[name] for each, told in self.tags if each == tag and name in told]


def read(client: TestClient, address: str, **query: object) -> PageRead:
    """The page at an address."""
    return PageRead(client.get(address, params=query or None))


def assert_nothing_runs(page: PageRead) -> None:
    """No script or style stands in the page itself, and none may."""
    policy = page.answer.headers["content-security-policy"]
    assert "unsafe" not in policy
    assert "script-src 'self'" in policy
    for tag, told in page.tags:
        assert "style" not in told
        assert not [name for name in told if name.startswith("on")]
        assert tag not in {"script", "style"} or told.get("src") or told.get("type")
