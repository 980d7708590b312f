"""How a sign-in at the provider can end, other than well: as its page tells it."""

from typing import Any, Final

ENDS: Final[dict[str, tuple[int, dict[str, Any]]]] = {
    "away": (
        502,
        {
            "title": "The sign-in service does not answer",
            "detail": "Nothing is wrong with your account. Try again in a minute, or use a key.",
        },
    ),
    "again": (
        400,
        {
            "title": "This sign-in was not finished",
            "detail": "It took too long, was begun in another browser, or another one was begun "
            "after it.",
            "accepted": "a new try",
        },
    ),
    "declined": (
        403,
        {
            "title": "The sign-in service did not sign you in",
            "detail": "It was broken off there, or your account may not use the console.",
        },
    ),
    "no-role": (
        403,
        {
            "title": "You are known, but have no place here",
            "detail": "Your account has no role in this console. Ask whoever gives out roles for "
            "one.",
        },
    ),
    "no-id": (
        403,
        {
            "title": "The ledger cannot keep your name",
            "detail": "What names your account there is not an id here. Whoever runs the ledger "
            "can choose another claim for it.",
        },
    ),
    "unverified": (
        403,
        {
            "title": "Your mail address is not verified",
            "detail": "The sign-in service has to verify it before it can name you here.",
        },
    ),
}
"""Each with its status. They are told on the page for signing in: the provider's own address for us
holds a code, which no page should keep.
"""
