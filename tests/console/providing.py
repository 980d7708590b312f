"""A certified OpenID provider that runs here: `oidc-provider` by npm, on Debian's node."""

import os
import re
import shutil
import subprocess
from collections.abc import Generator
from contextlib import contextmanager
from html import unescape
from pathlib import Path
from urllib.parse import urljoin

import httpx
import pytest

from tests.api.routes.world import OWN

FOLDER = Path(__file__).parent / "provider"
CONSOLE = f"{OWN}/console/"


def refuse_or_skip(why: str) -> None:
    pytest.fail(why) if os.environ.get("CONSOLE_TESTS") == "must" else pytest.skip(why)


def install() -> None:
    """What package-lock.json names, once for this checkout."""
    if (FOLDER / "node_modules" / "oidc-provider").is_dir():
        return
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        refuse_or_skip("no node is on the path (on Debian: apt-get install nodejs npm)")
    done = subprocess.run(
        [npm, "ci", "--no-audit", "--no-fund", "--ignore-scripts"],
        cwd=FOLDER, capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    if done.returncode:
        refuse_or_skip(f"npm could not fetch the provider: {done.stderr[-300:]}")


@contextmanager
def provider(port: str = "0", **settings: str) -> Generator[str]:
    """A running provider's issuer; each start has new keys."""
    install()
    environment = {
        "PATH": os.environ["PATH"], "PORT": port, "REDIRECT": f"{CONSOLE}openid",
        "SIGNED_OUT": f"{CONSOLE}signed-out", **settings,
    }  # fmt: skip
    with subprocess.Popen(
        ["node", "provider.mjs"], cwd=FOLDER, env=environment, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
    ) as process:  # fmt: skip
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            assert line.startswith("http://127.0.0.1:"), line
            yield line.strip()
        finally:
            process.kill()


class Person:
    """Somebody at the provider's pages, in a browser that keeps its cookies."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.client = httpx.Client(timeout=20)

    def goes(self, address: str) -> str:
        """From the provider's first page, through its forms, to where it sends them back."""
        answer = self.client.get(address)
        for _ in range(12):
            if answer.is_redirect:
                target = urljoin(str(answer.url), answer.headers["location"])
                if target.startswith(OWN + "/"):
                    return target
                answer = self.client.get(target)
                continue
            answer = self._fills_in(answer)
        raise AssertionError(f"the provider leads nowhere: {answer.url} {answer.text[:300]}")

    def _fills_in(self, answer: httpx.Response) -> httpx.Response:
        form = re.search(r"<form[^>]*action=\"([^\"]+)\".*?</form>", answer.text, re.DOTALL)
        assert form, (answer.status_code, answer.text[:600])
        fields = {
            name: unescape(value)
            for name, value in re.findall(r'name="([^"]+)"[^>]*?value="([^"]*)"', form[0])
        }
        if 'name="login"' in form[0]:
            fields |= {"login": self.name, "password": "any"}
        return self.client.post(urljoin(str(answer.url), unescape(form[1])), data=fields)
