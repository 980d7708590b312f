"""Why a run cannot be told of."""

from ledger.facts.refusal import Refusal


class UnknownRun(Refusal):
    """No run of this id is kept."""

    def __init__(self) -> None:
        super().__init__(
            "no run has this id", field="run_id", accepted="an id as GET /v1/what-if lists them"
        )


class RunNotDone(Refusal):
    """The run has come to no result, or not yet."""

    def __init__(self, state: str, why: str | None) -> None:
        super().__init__(
            f"the run is {state}" + ("" if why is None else f": {why}"),
            field="run_id",
            accepted="a run whose state is done",
        )


class UnknownSeller(Refusal):
    """Neither world knows the seller."""

    def __init__(self) -> None:
        super().__init__(
            "nothing was known of this seller in either world",
            field="seller_id",
            accepted="a seller with facts by the run's known_at, or one that the scenario adds",
        )
