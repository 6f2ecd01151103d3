"""Who a request comes from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from msgspec import Struct

from monitor.access.roles import ALL
from monitor.store.scope import EVERYWHERE, Scope

if TYPE_CHECKING:
    from monitor.access.roles import Act, Role

__all__ = ["ANYBODY", "NOBODY", "Principal"]


class Principal(Struct, frozen=True, kw_only=True):
    """A person, a program of his, or whoever reaches a desk without sign-in."""

    name: str = ""
    """As the person signs; empty: not known."""
    role: Role | None = None
    acts: frozenset[Act] = frozenset()
    by: Literal["session", "token", ""] = ""
    session: str = ""
    """Id of the session."""
    digest: str = ""
    """Of the session's or the token's secret, as it is stored."""
    territories: str = ""
    """Those that the person is bound to, as they are stored."""
    scope: Scope = EVERYWHERE
    """The territories that the person, and the token, are bound to."""
    unmasked: frozenset[str] | None = None
    """Ids of the alerts whose accounts the person may see by case; ``None``: of none, whatever is
    approved."""
    local: bool = False
    """Has a password of livewatch's own."""

    @property
    def known(self) -> bool:
        """Has somebody signed in?"""
        return bool(self.name)

    def may(self, act: Act) -> bool:
        """May this be done?"""
        return act in self.acts

    def unmasks(self, alert: str) -> bool:
        """May the accounts of this alert be seen: by the role, or by case?"""
        return self.may("unmask") or alert in (self.unmasked or ())


#: While nobody has been made a user: whoever reaches the port may do what there is to do.
ANYBODY = Principal(acts=ALL - {"users"})
#: Where people sign in, whoever has not.
NOBODY = Principal()
