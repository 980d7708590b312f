"""Every projection there is."""

from projections.appeals import Appeals
from projections.disputes import Disputes
from projections.fact_kinds import FactKinds
from projections.freezes import Freezes
from projections.product_days import ProductDays
from projections.projection import Projection
from projections.promotions import Promotions
from projections.reports import Reports
from projections.sanctions import Sanctions
from projections.sellers import Sellers
from projections.service_days import ServiceDays
from projections.violations import Violations


def projections() -> list[Projection]:
    """One of each, for one thread."""
    return [
        Violations(),
        Appeals(),
        Sanctions(),
        Freezes(),
        Disputes(),
        Promotions(),
        Reports(),
        ProductDays(),
        Sellers(),
        FactKinds(),
        ServiceDays(),
    ]
