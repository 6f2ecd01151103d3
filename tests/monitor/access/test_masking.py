"""Viewers' accounts under codes, for those who may not see them: on pages, in the API, in the stream."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

import msgspec
import pytest
import sqlalchemy as sa

from detectors.alerts import Alert, CrowdAccount, CrowdEvidence, Evidence, Found, Span, encode
from detectors.events import Chat, Event, Order, Prize
from detectors.lab.cases import case_events
from monitor.access.masking import OPEN, codes, masked
from monitor.desk.filters import matches
from monitor.store import tables
from monitor.store.rows import AlertFilter, Outcome, RoomRow
from monitor.store.scope import EVERYWHERE
from monitor.store.scoped import ScopedStore
from monitor.store.search_words import fill
from monitor.store.store import Store
from tests.detectors.build import rulebook, run, run_stages
from tests.monitor.access.browser import Browser, Running
from tests.monitor.access.conftest import PASSWORDS
from tests.monitor.desk.evening import NOW, alert, chat, speech

#: What stands for a person: a pseudonym, a number, a word, one that is a word of ours, and short ones.
ACCOUNTS = [
    "k1:zat6ixy37me6izxn",
    "10002345678",
    "爱买菜的小王",
    "evidence",
    "lead",
    "u7",
    "viewer",
]


KEY = b"of this site"


def crowd_alert(**more: object) -> Alert:
    lines = [chat(NOW + n, f"第{n}句", user=name, id=f"e-{n}") for n, name in enumerate(ACCOUNTS)]
    private = chat(NOW + 50, "我电话13800138000", user="u7", id="private")
    host = speech(NOW + 60, "有问题打13800138000，加微信 abc_12345", id="host")
    assistant = chat(NOW + 61, "客服在", user="店铺客服2024", role="assistant", id="assistant")
    accounts = [CrowdAccount(name=name, first=NOW, last=NOW, lines=1, said=["电话13800138000"]) for name in ACCOUNTS]  # fmt: skip
    return alert(
        "shared-script",
        reason=f"账号 {ACCOUNTS[0]}、{ACCOUNTS[1]} 先后说同一句",
        subject=f"group:{ACCOUNTS[0]}",
        evidence=Evidence(
            trigger=[*lines, host, assistant],
            before=[private],
            numbers={f"lines {ACCOUNTS[0]}": 3},
            spans=[Span(event="private", start=0, end=3, text="我电话"), Span(event="host", start=0, end=3, text="有问题")],
            crowd=CrowdEvidence(accounts=accounts, of=7, people=7, signals=[]),
        ),
        findings=[Found(at=NOW, event="private", field="text", text="我电话13800138000", by="fact:x", level="lead", says="电话")],
    )  # fmt: skip


def test_no_account_is_left_and_nothing_else_is_changed() -> None:
    whole = crowd_alert()
    shown = masked(whole, KEY)
    text = encode(shown).decode()
    assert all(name not in text for name in ACCOUNTS[:3])
    names = {event.user for event in shown.evidence.trigger[: len(ACCOUNTS)]}
    assert len(names) == len(ACCOUNTS)
    assert all(re.fullmatch("观众[a-z2-7]{6}", name or "") for name in names)
    assert {account.name for account in shown.evidence.crowd.accounts} == names
    # The same everywhere, so that the case can be read.
    assert shown.evidence.trigger[0].user in shown.reason
    # Viewers' own data are masked, the host's are what the case is about.
    assert (
        "13800138000"
        not in msgspec.json.encode(
            [shown.evidence.before, shown.evidence.crowd, shown.findings]
        ).decode()
    )
    assert shown.evidence.trigger[7] == whole.evidence.trigger[7]
    assert shown.evidence.trigger[8].user == "店铺客服2024"
    assert [span.event for span in shown.evidence.spans] == ["host"]
    assert (shown.id, shown.level, shown.rule, shown.room) == (
        whole.id,
        "lead",
        whole.rule,
        whole.room,
    )


#: Names that are words, one of them in what is said, and one that begins as another.
WORDS = ["阿梅", "lily", "lily chan", "好吃", "who", "个"]


def _complaint(
    user: str, text: str = "骗人，买回来坏的，阿梅和观众 lily 都说好吃，我要投诉"
) -> Alert:
    said = [chat(NOW + n, "谢谢观众 lily", user=name, id=f"e-{n}") for n, name in enumerate(WORDS)]
    [found] = run("complaint-intent", [*said, chat(NOW + 60_000, text, user=user, id="told")])
    evidence = msgspec.structs.replace(found.evidence, before=said)
    return msgspec.structs.replace(found, evidence=evidence)


@pytest.mark.parametrize("user", WORDS)
def test_a_name_that_is_a_word_is_masked_where_a_rule_put_it_and_no_word_is_changed(
    user: str,
) -> None:
    whole = _complaint(user)
    shown = masked(whole, KEY)
    code = codes(whole.id, KEY)(user)
    [line] = shown.evidence.trigger
    assert isinstance(line, Chat)
    quoted = f"“{line.text}”"
    assert line == msgspec.structs.replace(whole.evidence.trigger[0], user=code)
    assert {one.text for one in shown.evidence.before} == {"谢谢观众 lily"}
    assert shown.subject == f"{code}/complain"
    assert shown.subject_title == code
    assert shown.reason == f"{quoted}，观众 {code}。"
    assert shown.reason_en in (f"{quoted}, viewer {code}.", f"{quoted}, viewer “{code}”.")
    assert [one.says for one in shown.findings] == [shown.reason]


def test_a_quotation_that_never_ends_hides_no_account() -> None:
    shown = masked(_complaint("阿梅", "这“玩意，骗人，买回来坏的，我要投诉"), KEY)
    assert "阿梅" not in encode(shown).decode()


@pytest.mark.parametrize("name", WORDS)
def test_a_winner_of_many_draws_is_masked_by_any_name(name: str) -> None:
    whole = alert("prize-rigged", subject=f"winner:{name}", subject_title=f"账号 {name}", trigger=[chat(NOW, "来了", user=name, id="e")])  # fmt: skip
    shown, code = masked(whole, KEY), codes(whole.id, KEY)(name)
    assert (shown.subject, shown.subject_title) == (f"winner:{code}", f"账号 {code}")


def test_subjects_and_titles_that_are_words_somebody_said_are_not_changed() -> None:
    lines = [chat(NOW + n, "好吃", user=name) for n, name in enumerate(WORDS)]
    reason = "发言账号 12 个中，3 个账号写“好吃”，其中 观众 3 名"
    whole = alert(subject="好吃", subject_title="好吃", reason=reason, trigger=lines)
    shown = masked(whole, KEY)
    assert (shown.subject, shown.subject_title, shown.reason) == ("好吃", "好吃", reason)


def test_the_rest_of_a_name_that_is_cut_with_its_sentence_is_masked() -> None:
    name = "长" * 200
    found = Found(at=NOW, event="x", by="fact:x", level="info", says=f"“投诉”，观众 {name[:90]}…")
    whole = alert(trigger=[chat(NOW, "投诉", user=name, id="x")], findings=[found])
    assert "长" not in encode(masked(whole, KEY)).decode()


def test_names_that_a_figure_lists_are_masked() -> None:
    names = "、".join(sorted(WORDS)) + "等"
    lines = [chat(NOW + n, "好吃", user=name) for n, name in enumerate(WORDS)]
    whole = alert("shared-crowd", evidence=Evidence(trigger=lines, numbers={"names": names}))
    told = str(masked(whole, KEY).evidence.numbers["names"])
    code = codes(whole.id, KEY)
    assert told == "、".join(code(name) for name in sorted(WORDS)) + "等"


def _renamed(events: Iterable[Event], names: dict[str, str]) -> Iterator[Event]:
    """The same events, viewers called by words of which none stands elsewhere in them."""

    def word(name: str) -> str:
        return names.setdefault(
            name, "爨" + "".join("甲乙丙丁戊己庚辛壬癸"[int(n)] for n in str(len(names)))
        )

    for event in events:
        if isinstance(event, Prize) and event.winners:
            yield msgspec.structs.replace(event, winners=[word(name) for name in event.winners])
        elif (
            isinstance(event, Chat | Order)
            and event.user
            and getattr(event, "role", "") not in OPEN
        ):
            yield msgspec.structs.replace(event, user=word(event.user))
        else:
            yield event


def test_no_rule_leaves_a_name_in_what_it_says() -> None:
    told = set()
    for rule in rulebook():
        book = rulebook().only(rule.id)
        for case in rule.spec.cases:
            names: dict[str, str] = {}
            events = list(_renamed(case_events(case), names))
            if not names:
                continue
            for whole in run_stages(sorted(events, key=lambda event: event.at), book):
                text = encode(masked(whole, KEY)).decode()
                assert "爨" not in text, text[max(0, text.index("爨") - 80) :][:160]
                if any(name in whole.reason + whole.subject for name in names.values()):
                    told.add(whole.rule)
    # Those that tell of an account, by its name.
    assert told == {"complaint-intent", "prize-rigged"}


def test_codes_are_of_one_alert() -> None:
    one = masked(alert("a", trigger=[chat(NOW, "x", user="10002345678")]), KEY)
    again = masked(alert("a", hits=2, trigger=[chat(NOW + 5, "y", user="10002345678")]), KEY)
    other = masked(alert("b", trigger=[chat(NOW, "x", user="10002345678")]), KEY)
    assert one.evidence.trigger[0].user == again.evidence.trigger[0].user
    assert one.evidence.trigger[0].user != other.evidence.trigger[0].user


def test_a_code_cannot_be_computed_without_the_key_of_the_site() -> None:
    whole = alert("a", trigger=[chat(NOW, "x", user="10002345678")])
    one, other = masked(whole, KEY), masked(whole, b"of another")
    assert one.evidence.trigger[0].user != other.evidence.trigger[0].user


def test_the_key_of_the_codes_is_made_once(store: Store) -> None:
    key = store.code_key()
    assert len(key) == 16
    assert Store(store.database).code_key() == key


def test_who_may_not_see_accounts_finds_nothing_by_them(store: Store) -> None:
    found = crowd_alert()
    room = RoomRow(platform=found.platform, room=found.room, last_arrival_ms=NOW)
    store.commit(Outcome(alerts=[found], rooms=[room]), NOW)
    for masks in (False, True):
        seen = ScopedStore(store, EVERYWHERE, masked=masks)
        for text, is_account in (
            (ACCOUNTS[0], True),
            ("K1:ZAT6", True),
            ("k1:z", True),
            ("37me6", True),
            ("先后说同一句", False),
            ("group: 账号", False),
            (found.id, False),
        ):
            wanted = seen.narrowed(AlertFilter(text=text))
            meant = not (masks and is_account)
            assert bool(seen.list_alerts(AlertFilter(text=text)).items) == meant, text
            [row] = store.list_alerts().items
            assert matches(row, wanted) == meant, text


@pytest.mark.parametrize("name", ["爱买菜的小王", "lead", "Amy Lin", "买菜小能手"])
def test_who_may_not_see_accounts_finds_nothing_by_one_that_is_a_word(
    store: Store, name: str
) -> None:
    found = _complaint(name, "收到就是坏的，不给退")
    store.commit(
        Outcome(
            alerts=[found],
            rooms=[RoomRow(platform=found.platform, room=found.room, last_arrival_ms=NOW)],
        ),
        NOW,
    )
    older = sa.update(tables.alerts).values(open_words=None)
    for step in ("written", "of an older version", "looked at again"):
        if step == "of an older version":
            store.database.write(lambda connection: connection.execute(older) and None)
        elif step == "looked at again":
            assert fill(store.database) == 1
            assert fill(store.database) == 0
        for masks in (False, True):
            seen = ScopedStore(store, EVERYWHERE, masked=masks)
            for text in (name, name[:3], name.upper(), "收到就是坏的", found.rule):
                wanted = seen.narrowed(AlertFilter(text=text))
                is_account = text.casefold() in name.casefold()
                if is_account and text.casefold() in f"{found.rule} {found.title_en}".casefold():
                    continue
                meant = not (masks and (is_account or step == "of an older version"))
                assert bool(seen.list_alerts(AlertFilter(text=text)).items) == meant, (step, text)
                if step == "written":
                    [row] = store.list_alerts().items
                    assert matches(row, wanted) == meant, text


@pytest.fixture(scope="module")
def crowd(desk: Running) -> Alert:
    found = crowd_alert()
    room = RoomRow(platform=found.platform, room=found.room, last_arrival_ms=NOW)
    desk.runtime.store.commit(Outcome(alerts=[found], rooms=[room]), NOW)
    return found


@pytest.mark.parametrize("role", ["viewer", "analyst", "admin", "enforcement"])
@pytest.mark.slow
def test_only_who_may_sees_accounts(desk: Running, crowd: Alert, role: str) -> None:
    browser = Browser(desk.url)
    browser.sign_in(role, PASSWORDS[role])
    sees = role == "enforcement"
    hidden = ACCOUNTS[:3]
    for path in (
        f"/alerts/{crowd.id}",
        f"/api/v1/alerts/{crowd.id}",
        f"/api/v1/alerts/{crowd.id}/versions",
        "/api/v1/alerts?status=any&limit=500",
        "/api/v1/alerts?status=any&fields=brief",
        "/alerts?status=any",
        "/alerts/fresh?seq=0&number=99999",
    ):
        answer = browser.get(path)
        assert answer.status == 200, path
        text = re.sub(r"</?b[^>]*>", "", answer.text)  # figures of a reason stand out
        assert (ACCOUNTS[0] in text) == sees, path
        assert sees or not any(name in text for name in hidden), path
    for fields in ("", "&fields=brief"):
        connection, response = browser.open("GET", f"/api/v1/alerts/stream?last=0{fields}")
        data = b""
        while crowd.id.encode() not in data or not data.endswith(b"\n\n"):
            data += response.read1(65_536)
        response.close()
        connection.close()
        assert (ACCOUNTS[0] in data.decode()) == sees
        assert sees or not any(name in data.decode() for name in hidden)
    found = browser.get("/api/v1/alerts?status=any&text=k1:zat6").json["items"]
    assert [one["id"] for one in found] == ([crowd.id] if sees else [])
    assert (crowd.id in browser.get("/alerts?status=any&text=k1:zat6").text) == sees
    assert browser.get(f"/alerts/{crowd.id}/accounts.csv").status == (200 if sees else 403)


@pytest.mark.slow
def test_the_table_of_accounts_is_noted_in_custody(desk: Running, crowd: Alert) -> None:
    browser = Browser(desk.url)
    browser.sign_in("enforcement", PASSWORDS["enforcement"])
    before = len(desk.runtime.store.custody_of(f"alert:{crowd.id}"))
    for path in (f"/alerts/{crowd.id}/accounts.csv", f"/api/v1/alerts/{crowd.id}/accounts"):
        assert browser.get(path).status == 200
    noted = desk.runtime.store.custody_of(f"alert:{crowd.id}")[before:]
    assert [(one.act, one.who, one.role) for one in noted] == [("viewed", "enforcement", "enforcement")] * 2  # fmt: skip
    auditor = Browser(desk.url)
    auditor.sign_in("auditor", PASSWORDS["auditor"])
    listed = auditor.get("/api/v1/custody").json["items"]
    assert [one["who"] for one in listed if one["subject"] == f"alert:{crowd.id}"][:2] == ["enforcement"] * 2  # fmt: skip
