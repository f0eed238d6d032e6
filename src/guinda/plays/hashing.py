"""Who gets nothing and who gets which wording: by a hash, so that it can be said again at any time and is the same for ever.

A share is the first 32 bits of SHA-256 over its names, joined by "/", as a fraction of 2^32. A client is a holdout of a play when the
share of (play, client id) is below the play's holdout; the wording of a step is drawn by the share of (play, step, client id), so that the
two do not depend on each other.
"""

from __future__ import annotations

from hashlib import sha256

from guinda.plays.definition import Definition, Step


def share(*names: object) -> float:
    """A number from 0 to below 1 that depends on the names alone."""
    digest = sha256("/".join(map(str, names)).encode()).digest()
    return int.from_bytes(digest[:4], "big") / 2**32


def is_held_out(play: Definition, client_id: int) -> bool:
    """Whether this client is one of those who get none of the play."""
    return share(play.slug, client_id) < play.holdout


def variant_of(play: Definition, step: Step, client_id: int) -> str:
    """The wording that this client gets at the step; empty where there is but one."""
    drawn, upto = share(play.slug, step.slug, client_id), 0.0
    for each in step.variants:
        upto += each.share
        if drawn < upto:
            return each.slug
    return step.variants[-1].slug if step.variants else ""
