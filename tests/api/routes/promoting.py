"""Campaigns and products over HTTP, and short ways to go on with them.

The sandbox stands at the beginning of 2026; registration is open in January, the campaign runs in
the first half of February.
"""

from typing import Any

from tests.api.routes.world import World


def eur(amount: str) -> dict[str, str]:
    return {"amount": amount, "currency": "EUR"}


def campaign(campaign_id: str = "winter", **asked: Any) -> dict[str, Any]:
    """An announcement; what is named are its requirements."""
    return {
        "campaign_id": campaign_id,
        "name": "Winter sale",
        "registration_opens": "2026-01-01T00:00:00Z",
        "registration_closes": "2026-01-31T00:00:00Z",
        "starts": "2026-02-01T00:00:00Z",
        "ends": "2026-02-15T00:00:00Z",
        "requirements": asked,
    }


def product(product_id: str = "p-1", **other: Any) -> dict[str, Any]:
    told: dict[str, Any] = {
        "product_id": product_id,
        "seller_id": "s-1",
        "price": eur("20.00"),
        "discounted_price": eur("15.00"),
        "stock": 10,
    }
    return told | other


DECISION = {"outcome": "approved", "reviewer": "ana", "reasons": "A good offer."}


class Promotion:
    """A campaign of the sandbox's, and short ways to go on with it."""

    def __init__(self, world: World, **asked: Any) -> None:
        self.world = world
        self.announced = world.client.post("/v1/campaigns", json=campaign(**asked))
        assert self.announced.status_code == 201, self.announced.text

    def enrol(self, product_id: str = "p-1", **other: Any) -> Any:
        address = "/v1/campaigns/winter/enrolments"
        return self.world.client.post(address, json=product(product_id, **other))

    def enrolled(self, product_id: str = "p-1", **other: Any) -> Any:
        answer = self.enrol(product_id, **other)
        assert answer.status_code == 201, answer.text
        return answer.json()["enrolment"]

    def step(self, step: str, body: dict[str, Any] | None = None, product: str = "p-1") -> Any:
        """A step of an enrolment; without a name, a change."""
        address = f"/v1/campaigns/winter/enrolments/{product}"
        if not step:
            return self.world.client.patch(address, json=body)
        return self.world.client.post(f"{address}/{step}", json=body or {})

    def then(self, step: str, body: dict[str, Any] | None = None, product: str = "p-1") -> Any:
        answer = self.step(step, body, product)
        assert answer.status_code == 200, answer.text
        assert set(answer.json()) == {"enrolment", "facts", "position"}
        return answer.json()["enrolment"]

    def now(self, instant: str | None = None, product: str = "p-1") -> Any:
        """The enrolment as it is, at an instant if one is named."""
        if instant is not None:
            assert self.world.move(instant).status_code == 200
        return self.world.get(f"/v1/campaigns/winter/enrolments/{product}")["enrolment"]


def refused(answer: Any) -> tuple[int, str, str | None]:
    """Status, type and field of a refusal."""
    problem = answer.json()
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    return answer.status_code, problem["type"].removeprefix("/problems/"), problem.get("field")
