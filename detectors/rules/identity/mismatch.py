"""`seller-identity-mismatch`: what the room shows of operator and seller does not fit together.

直播办法 8, 15, 25 and 27: a code that cannot exist (GB 32100-2015), a licence with another code than
its holder's, an own room whose operator is not its seller, another code under the same name. That
nothing is shown is the matter of `operator-undisclosed`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, NamedTuple

from msgspec import Struct

from detectors.alerts import Level, Number, unmet
from detectors.events import Event, Party, Product, Room
from detectors.facts.identity.uscc import codes_in, fault_of_code, plain_code
from detectors.match.phrasing import word_list
from detectors.rule import Context, Finding, Rule, RuleSpec, rule
from detectors.rules.goods.pending import in_order
from detectors.rules.identity.party import SIDES, Side, is_firm, party_of, plain_name
from detectors.stats.latest import trim

__all__ = ["SellerIdentityMismatch"]

#: Names with their codes that are remembered; the oldest go first.
MAX_NAMES = 20


#: What a party's own data would be judged by, and what two parties that do not fit would be.
_BASES = {
    SIDES["operator"]: ["直播办法/主页公示", "电商法/主页公示", "直播办法/平台核验运营者"],
    SIDES["seller"]: ["直播办法/核验销售者", "直播办法/虚假宣传"],
}
_OF_TWO = ["直播办法/核验销售者", "直播办法/虚假宣传", "直播办法/主页公示"]
#: Kinds that may be a change which was not reported.
_CHANGES = frozenset({"name", "operator"})


class Seen(Struct):
    """A code as it was shown, since when, and at how many looks."""

    code: str
    event: Room
    looks: int = 1


class Names(Struct):
    """The code that each name stood with in this broadcast, at most 20; faults at how many looks."""

    session: str = ""
    codes: dict[str, Seen] = {}
    faults: dict[str, Seen] = {}
    operator: Seen | None = None


class IdentityMismatch(NamedTuple):
    """Two things that do not fit."""

    kind: str
    level: Level
    reason: str
    numbers: dict[str, Number]
    older: list[Event]
    missing: list[str]


@rule
class SellerIdentityMismatch(Rule):
    id = "seller-identity-mismatch"
    State: ClassVar[type[Struct]] = Names

    def __init__(self, spec: RuleSpec) -> None:
        super().__init__(spec)
        self.looks = spec.count("looks")

    def on_room(self, ctx: Context, event: Room) -> None:
        memory: Names = ctx.state
        if memory.session != event.session:
            memory.session = event.session
            memory.codes.clear()
            memory.faults.clear()
            memory.operator = None
        for side in SIDES:
            party = party_of(event, side)
            if party is not None:
                for mismatch in self._of_party(ctx, memory, event, side, party):
                    self._raise(ctx, event, SIDES[side], mismatch)
        between = self._between(ctx, event)
        if between is not None:
            self._raise(ctx, event, "经营主体", between)

    def on_product(self, ctx: Context, event: Product) -> None:
        """In an own room the shop on the card is the operator's. A shop called as a part of the operator's
        name is taken for its shop: whether a business is registered under it the card does not tell."""
        operator, shop = ctx.room.operator, event.shop
        if not shop or operator is None or not operator.name:
            return
        if ctx.room.host_kind != "seller":
            ctx.decline("several-sellers" if ctx.room.host_kind else "host-unknown", event.sku)
            return
        if not is_firm(shop):
            ctx.decline("shop-name", event.sku, f"“{shop}”是店铺名，不是登记名称")
            return
        names = [party.name for party in (operator, ctx.room.seller) if party and party.name]
        if any(_same(shop, name) for name in names) or not is_firm(operator.name):
            return
        whole = next((name for name in names if plain_name(shop) in plain_name(name)), None)
        if whole is not None:
            ctx.decline("shop-name", event.sku, f"“{shop}”是“{whole}”的一部分，可能是其字号")
            return
        self._raise(
            ctx,
            event,
            plain_name(shop),
            IdentityMismatch(
                "shop",
                "watch",
                f"自播直播间的运营者是“{operator.name}”，商品卡的店铺主体是“{shop}”",
                {"operator": operator.name, "shop": shop},
                [ctx.room.facts.identity] if ctx.room.facts.identity else [],
                ["二者是否关联企业、授权经营"],
            ),
        )

    # What one party shows ---------------------------------------------------------------------

    def _of_party(
        self, ctx: Context, memory: Names, event: Room, side: Side, party: Party
    ) -> Iterator[IdentityMismatch]:
        who = SIDES[side]
        code = plain_code(party.uscc or "")
        fault = fault_of_code(code)
        if fault is not None:
            key = f"{side}:{code}"
            seen = memory.faults.get(key)
            if seen is None:
                seen = memory.faults[key] = Seen(code, event)
                trim(memory.faults, MAX_NAMES)
            else:
                seen.looks += 1
            if seen.looks not in (1, self.looks):
                return  # The same observation again is no new hit.
            yield IdentityMismatch(
                "code",
                "lead" if seen.looks >= self.looks and not fault.meant else "watch",
                f"{who}公示的统一社会信用代码 {code} 不符合 GB 32100-2015：{fault.why}，共见 {seen.looks} 次",
                {"code": code, "looks": seen.looks},
                [seen.event],
                ["登记机关的登记信息（国家企业信用信息公示系统）", "原始页面，核对是否认错字符"],
            )
            return
        if not code or len(code) != len("91330106MA2B4C5D6X"):
            if code:
                ctx.decline("covered-or-old-number", side)
            code = ""
        others = [found for found in codes_in(party.licence or "") if code and found != code]
        if others:
            yield IdentityMismatch(
                "licence",
                "lead",
                f"{who}公示的代码是 {code}，所示证照上的代码是 {others[0]}",
                {"code": code, "licence_code": others[0]},
                [],
                ["证照原件及其持有人"],
            )
        if code and party.name:
            yield from self._of_name(memory, event, side, party.name, code)

    def _of_name(
        self, memory: Names, event: Room, side: Side, name: str, code: str
    ) -> Iterator[IdentityMismatch]:
        """Finds a name that is shown with another code, and an operator that changes within a broadcast."""
        plain = plain_name(name)
        before = memory.codes.get(plain)
        if before is not None and before.code != code:
            yield IdentityMismatch(
                "name",
                "watch",
                f"同一名称“{name}”先后、同时公示了两个代码：{before.code}，{code}",
                {"code": code, "other_code": before.code},
                [before.event],
                ["该名称在登记机关登记的代码", "是否在三个工作日内报送变更（直播办法第二十五条）"],
            )
        elif before is None:
            memory.codes[plain] = Seen(code, event)
            trim(memory.codes, MAX_NAMES)
        if side != "operator":
            return
        first = memory.operator
        if first is None:
            memory.operator = Seen(code, event)
        elif first.code != code and (before is None or before.code == code):
            yield IdentityMismatch(
                "operator",
                "watch",
                f"一场直播之中，公示的运营者代码由 {first.code} 变为 {code}",
                {"code": code, "other_code": first.code},
                [first.event],
                ["变更的时间、是否报送平台核验（直播办法第十五条、第二十五条）"],
            )

    # Operator and seller ------------------------------------------------------------------------

    def _between(self, ctx: Context, event: Room) -> IdentityMismatch | None:
        """In an own room the operator is the seller."""
        operator, seller = event.operator, event.seller
        if operator is None or seller is None:
            return None
        one, two = plain_code(operator.uscc or ""), plain_code(seller.uscc or "")
        if one and two and (fault_of_code(one) or fault_of_code(two)):
            return None
        names_differ = (
            is_firm(operator.name)
            and is_firm(seller.name)
            and not _same(operator.name or "", seller.name or "")
        )
        codes_differ = bool(one and two) and len(one) == len(two) and one != two
        if one and one == two and names_differ:
            return IdentityMismatch(
                "names",
                "watch",
                f"同一代码 {one} 之下，运营者名称是“{operator.name}”，实际销售者名称是“{seller.name}”",
                {"code": one, "operator": operator.name, "seller": seller.name},
                [],
                ["该代码在登记机关登记的名称"],
            )
        if not codes_differ and not (names_differ and not (one and two)):
            return None
        if ctx.room.host_kind != "seller":
            ctx.decline("several-sellers" if ctx.room.host_kind else "host-unknown", "经营主体")
            return None
        if codes_differ and operator.name and _same(operator.name, seller.name or ""):
            return None  # The same name with two codes is told above.
        said = f"运营者“{operator.name or '名称未知'}”（{one or '代码未知'}），实际销售者“{seller.name or '名称未知'}”（{two or '代码未知'}）"
        return IdentityMismatch(
            "entities",
            "lead" if codes_differ else "watch",
            f"直播间显示为商家自播，而所公示的主体不同：{said}",
            {"operator": operator.name, "seller": seller.name, "code": one, "other_code": two},
            [],
            ["二者是否关联企业、授权经营", "主播身份（自播或达人）"],
        )

    def _raise(self, ctx: Context, event: Event, who: str, found: IdentityMismatch) -> None:
        ctx.raise_alert(
            Finding(
                subject=f"{who}/{found.kind}",
                subject_title=who,
                level=found.level,
                because=[found.kind],
                reason=f"{found.reason}。",
                trigger=in_order([*found.older, event]),
                hit=f"{found.kind}:{'|'.join(str(value) for value in found.numbers.values())}",
                numbers=found.numbers,
                exemptions=[
                    unmet("达人带货、分支机构", "未见达人带货的标示，也未见分支机构的说明"),
                    unmet(
                        "代码部分遮盖、旧注册号",
                        (
                            "代码完整可见，不是十五位注册号"
                            if found.numbers.get("code")
                            else "所见不符的是名称，与代码无关"
                        ),
                    ),
                ],
                missing=found.missing,
                law=[
                    *_BASES.get(who, _OF_TWO),
                    *(["直播办法/信息变更"] if found.kind in _CHANGES else []),
                ],
            )
        )


def _same(one: str, two: str) -> bool:
    """Are two names those of one business, or of it and a branch?"""
    first, second = plain_name(one), plain_name(two)
    if not first or not second:
        return False
    short, long = sorted((first, second), key=len)
    return long == short or (
        long.startswith(short) and long.endswith(word_list("party", "branches"))
    )
