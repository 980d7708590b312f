"""Whether products may take part in a campaign, as it is sent: each requirement, answered."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Final, NamedTuple, cast

import msgspec

from api.representations import When
from api.reputation import Judged, judging
from ledger.decide.performance_refusals import ProductOfAnotherSeller
from ledger.decide.promotion_refusals import UnknownCampaign
from ledger.facts.ids import ExternalId, enrolment_stream, fact_id
from ledger.facts.instants import Instant, format_instant
from ledger.facts.kinds import EnrolmentsOwnFact
from ledger.facts.performance import PerformanceReported
from ledger.ledger import Ledger
from ledger.policy.service import MetricRules
from ledger.promotions.campaign import Campaign
from ledger.promotions.eligibility import (
    Product,
    Requirement,
    RequirementName,
    Reviews,
    of_product,
    of_seller,
)
from ledger.promotions.enrolment import Enrolment, EnrolmentStatus
from ledger.promotions.evolve import evolve_enrolment
from ledger.promotions.penalties import Penalties, penalties_since
from ledger.service.metrics import measured
from ledger.standing.seller import Seller
from ledger.standing.standing import Standing, standing
from ledger.store.loading import StoredFact
from projections.product_days_reading import (
    ProductKnown,
    ProductsWanted,
    days_behind,
    products_read,
)
from projections.service_reading import (
    Window,
    position_known,
    reports_counted,
    windows_summed,
)
from projections.views import Views

VIEWS: Final = ("service-days", "product-days")
MOST_PRODUCTS: Final = 1_000
MOST_FACTS: Final = 100
"""So many of the days behind a count are named, the newest; of many products at once, none."""


class ProductAsked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A product, and whose it is where that is not said for all of them."""

    product_id: ExternalId
    seller_id: ExternalId | None = None


class EligibilityWanted(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Products that may want to take part in a campaign. Whose they are their days tell as well."""

    campaign: ExternalId
    products: Annotated[
        tuple[ExternalId | ProductAsked, ...],
        msgspec.Meta(min_length=1, max_length=MOST_PRODUCTS),
    ]
    seller_id: ExternalId | None = None
    """Whose all of them are."""


class RequirementSeen(msgspec.Struct, frozen=True):
    """One requirement, whether it is met, and by what."""

    requirement: RequirementName
    met: bool
    value: int | float | str | bool | None
    """Null where nothing is known of it."""
    wanted: str
    facts: tuple[str, ...]
    """The addresses of facts behind the value: of the days behind a count the newest, where one
    product alone is asked about.
    """


class Eligibility(msgspec.Struct, frozen=True):
    """Whether a product, or a seller with any, may take part in a campaign."""

    campaign_id: str
    seller_id: str | None
    """Null where nobody said whose the product is."""
    product_id: str | None
    eligible: bool
    requirements: tuple[RequirementSeen, ...]
    enrolment: EnrolmentStatus | None
    """What became of its registration, if it was registered."""
    as_of: When
    known_at: When


class ManyEligibilities(msgspec.Struct, frozen=True):
    """One answer for each product, in the order asked."""

    eligibilities: tuple[Eligibility, ...]


class Asked(NamedTuple):
    """A product and the seller whose it is said to be; either may be left out."""

    product_id: str | None
    seller_id: str | None


def asked_of(wanted: EligibilityWanted) -> list[Asked]:
    """The products of a request, each with its seller."""
    return [
        Asked(one, wanted.seller_id)
        if isinstance(one, str)
        else Asked(one.product_id, one.seller_id or wanted.seller_id)
        for one in wanted.products
    ]


class Eligibilities:
    """Answers about eligibility. May be used from any thread, once the views hold all that has to
    be seen.
    """

    def __init__(self, ledger: Ledger, views: Views) -> None:
        self._ledger = ledger
        self._views = views

    def answers(
        self,
        campaign_id: str,
        asked: Sequence[Asked],
        as_of: Instant | None = None,
        known_at: Instant | None = None,
    ) -> tuple[Eligibility, ...]:
        """Whether each may take part, in the order asked; raises `UnknownCampaign`,
        `ProductOfAnotherSeller`.
        """
        with self._views.snapshot(VIEWS) as seen:
            judged = judging(self._ledger, seen.cursor, as_of, known_at)
            campaign = self._ledger.campaign(campaign_id)
            if campaign is None or campaign.recorded_at > judged.known_at:
                raise UnknownCampaign(campaign_id, "campaign")
            return _Question(self._ledger, campaign, judged, len(asked) == 1).answers(asked)


class _Question:
    """A campaign, as of an instant and as known at another."""

    def __init__(self, ledger: Ledger, campaign: Campaign, judged: Judged, in_full: bool) -> None:
        self._ledger = ledger
        self._campaign = campaign
        self._judged = judged
        self._in_full = in_full

    def answers(self, asked: Sequence[Asked]) -> tuple[Eligibility, ...]:
        names = list(dict.fromkeys(one.product_id for one in asked if one.product_id is not None))
        products = products_read(self._judged.cursor, names, self._windows())
        whose = [(one.product_id, _seller_of(one, products)) for one in asked]
        enrolments = self._enrolments(names)
        sellers = self._sellers([seller_id for _, seller_id in whose if seller_id is not None])
        stores = self._stores(list(sellers))
        standings = {name: self._standing(seller) for name, seller in sellers.items()}
        return tuple(
            self._answer(
                product_id,
                sellers.get(seller_id or ""),
                products.get(product_id or ""),
                enrolments.get(product_id or ""),
                standings,
                stores,
            )
            for product_id, seller_id in whose
        )

    def _answer(
        self,
        product_id: str | None,
        seller: Seller | None,
        known: ProductKnown | None,
        enrolment: Enrolment | None,
        standings: Mapping[str, Standing],
        stores: Mapping[str, Reviews],
    ) -> Eligibility:
        asked, at = self._campaign.requirements, self._judged.as_of
        found: list[Requirement] = []
        if seller is not None:
            since, name = self._penalties(seller, enrolment), seller.seller_id
            found += of_seller(asked, standings[name], since, stores[name])
        if known is not None and product_id is not None:
            product = _as_registered(known.product, enrolment)
            if self._in_full:
                cursor, windows = self._judged.cursor, self._windows()
                product = days_behind(cursor, product_id, product, windows, MOST_FACTS)
            found += of_product(asked, product, at)
        return Eligibility(
            campaign_id=self._campaign.campaign_id,
            seller_id=None if seller is None else seller.seller_id,
            product_id=product_id,
            eligible=seller is not None and all(one.met for one in found),
            requirements=tuple(RequirementSeen(*one) for one in found),
            enrolment=None if enrolment is None else enrolment.status,
            as_of=format_instant(at),
            known_at=format_instant(self._judged.known_at),
        )

    def _standing(self, seller: Seller) -> Standing:
        return standing(seller, self._ledger.rulebook, self._judged.as_of, self._judged.known_at)

    def _penalties(self, seller: Seller, enrolment: Enrolment | None) -> Penalties | None:
        """What came since registration; None where this seller registered nothing."""
        if enrolment is None or enrolment.seller_id != seller.seller_id:
            return None
        rulebook = self._ledger.rulebook
        return penalties_since(seller, enrolment.since, self._judged.as_of, rulebook)

    def _windows(self) -> ProductsWanted:
        day = self._judged.day
        return ProductsWanted(
            last=day,
            history_first=day - self._campaign.history_days + 1,
            sales_first=day - (self._campaign.requirements.sales_window_days or 1) + 1,
            known_at=self._judged.known_at,
        )

    def _sellers(self, seller_ids: Sequence[str]) -> dict[str, Seller]:
        """As known then; who was known to nobody has a clean record."""
        wanted, known_at = list(dict.fromkeys(seller_ids)), self._judged.known_at
        if not wanted:
            return {}
        reader = self._ledger.reader
        return {
            seller.seller_id: seller
            if seller.recorded_at <= known_at
            else reader.seller_as_known(seller.seller_id, known_at)
            for seller in reader.sellers(wanted)
        }

    def _stores(self, seller_ids: Sequence[str]) -> dict[str, Reviews]:
        """Each seller's reviews in the longest window of its rate, where the campaign asks."""
        if self._campaign.requirements.positive_review_rate_min is None or not seller_ids:
            return dict.fromkeys(seller_ids, Reviews(0, 0))
        rules, judged = self._rate(), self._judged
        days = rules.window_days[-1]
        sums = windows_summed(judged.cursor, seller_ids, judged.day, [days], judged.known_at)
        found: dict[str, Reviews] = {}
        for seller_id in seller_ids:
            told = measured(rules, days, sums[seller_id, days])
            found[seller_id] = Reviews(
                told.numerator,
                told.denominator,
                told.minimum_sample,
                self._reviewed(seller_id, days) if self._in_full else (),
            )
        return found

    def _reviewed(self, seller_id: str, days: int) -> tuple[str, ...]:
        """The newest days with reviews of a seller, as last told by then."""
        cursor, day, known_at = self._judged.cursor, self._judged.day, self._judged.known_at
        window = Window(seller_id, day - days + 1, day, known_at)
        position = position_known(cursor, known_at, self._judged.position)
        told = [
            fact_id(stored.stream, stored.version)
            for stored in reports_counted(cursor, window, 0, position, days)
            if isinstance(stored.fact, PerformanceReported) and stored.fact.reviews
        ]
        return tuple(reversed(told[-MOST_FACTS:]))

    def _rate(self) -> MetricRules:
        return next(r for r in self._judged.rules.metrics if r.metric == "positive-review-rate")

    def _enrolments(self, product_ids: Sequence[str]) -> dict[str, Enrolment]:
        """The products' parts in the campaign, as known then."""
        campaign_id = self._campaign.campaign_id
        streams = {enrolment_stream(campaign_id, name): name for name in product_ids}
        found: dict[str, Enrolment] = {}
        for stream, facts in self._ledger.reader.streams(list(streams)).items():
            enrolment = _folded(facts, self._judged.known_at)
            if enrolment is not None:
                found[streams[stream]] = enrolment
        return found


def _folded(facts: Sequence[StoredFact], known_at: Instant) -> Enrolment | None:
    enrolment: Enrolment | None = None
    for stored in facts:
        if stored.fact.recorded_at <= known_at:
            fact = cast(EnrolmentsOwnFact, stored.fact)
            enrolment = evolve_enrolment(enrolment, fact, stored.position)
    return enrolment


def _seller_of(asked: Asked, products: Mapping[str, ProductKnown]) -> str | None:
    """Whose a product is: as its days tell, else as is said."""
    known = None if asked.product_id is None else products[asked.product_id]
    owner = None if known is None else known.seller_id
    if owner is not None and asked.seller_id not in (None, owner):
        assert asked.product_id is not None
        assert asked.seller_id is not None
        raise ProductOfAnotherSeller(asked.product_id, owner, asked.seller_id)
    return owner or asked.seller_id


def _as_registered(product: Product, enrolment: Enrolment | None) -> Product:
    """A category that no day told, as the registration said it."""
    if product.category is not None or enrolment is None:
        return product
    return product._replace(category=enrolment.attributes.category)
