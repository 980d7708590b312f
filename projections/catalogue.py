"""Every projection there is."""

from projections.fact_kinds import FactKinds
from projections.freezes import Freezes
from projections.projection import Projection
from projections.sanctions import Sanctions
from projections.sellers import Sellers
from projections.violations import Violations


def projections() -> list[Projection]:
    """One of each, for one thread."""
    return [Violations(), Sanctions(), Freezes(), Sellers(), FactKinds()]
