"""People, passwords, tokens and the journal, without a browser; on SQLite and on PostgreSQL."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
import sqlalchemy as sa
from msgspec.structs import replace

from monitor.access import journal, passwords
from monitor.access.forwarded import Proxies
from monitor.access.pace import FREE_ACCOUNT, FREE_ADDRESS, MOST, Pace, Slowed
from monitor.access.passwords import BadPassword, weakness
from monitor.access.service import Access, SignInRefused
from monitor.access.settings import SignIn
from monitor.access.users import UserRefused
from monitor.errors import ConfigError
from monitor.evidence import custody
from monitor.store import tables
from monitor.store.store import Store

DAY_MS = 86_400_000
PHRASE = "a long phrase of one's own"


class Clock:
    def __init__(self) -> None:
        self.now = 1_800_000_000_000

    def __call__(self) -> int:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def access(request: pytest.FixtureRequest, clock: Clock) -> Access:
    name = "embedded_store" if request.param == "sqlite" else "postgres_store"
    store: Store = request.getfixturevalue(name)
    made = Access(store.database, SignIn(), clock)
    made.add("李明", "admin", PHRASE, by="tests")
    return made


def test_a_session_from_its_beginning_to_its_end(access: Access, clock: Clock) -> None:
    user = access.check("李明", PHRASE, address="127.0.0.1")
    began = access.begin(user, method="password", address="127.0.0.1", agent="tests")
    who = access.of_session(began.secret, acting=True)
    assert who is not None
    assert (who.name, who.role, who.may("users"), who.may("export")) == (
        "李明",
        "admin",
        True,
        False,
    )
    assert access.alive([who, replace(who, digest="another")]) == {who.digest}
    assert [session.id for session in access.sessions("李明")] == [who.session]
    ended = access.sign_out(began.secret, address="127.0.0.1")
    assert ended is not None
    assert ended.digest == who.digest
    assert access.of_session(began.secret, acting=True) is None
    assert access.alive([who]) == set()
    acts = [entry.act for entry in access.journal(9)]
    assert acts == ["signed-out", "signed-in", "user-added"]
    assert access.verify_journal() is None


@pytest.mark.slow
def test_who_is_locked_is_out_and_hears_no_more_than_others(access: Access) -> None:
    access.add("王芳", "analyst", PHRASE, by="李明")
    user = access.check("王芳", PHRASE, address="a")
    began = access.begin(user, method="password", address="a", agent="")
    text, token = access.make_token("王芳", "program", ["read"], 1, by="王芳")
    program = access.of_token(text)
    assert program is not None
    access.lock("王芳", by="李明")
    assert access.of_session(began.secret, acting=True) is None
    assert access.of_token(text) is None
    assert program.digest == token.digest
    assert access.alive([program]) == set()
    said = set()
    for name, password in (("王芳", PHRASE), ("王芳", "wrong"), ("nobody", PHRASE)):
        with pytest.raises(SignInRefused) as refused:
            access.check(name, password, address="a")
        said.add(str(refused.value))
    assert len(said) == 1
    assert [e.act for e in access.journal(3)] == ["refused", "refused", "refused-locked"]
    access.unlock("王芳", by="李明")
    assert access.of_token(text) is not None


def test_names_are_compared_as_people_read_them(access: Access) -> None:
    access.add("Li Ming", "viewer", PHRASE, by="tests")
    for name in ("li ming", "LI  MING", "Ｌi Ming"):
        with pytest.raises(UserRefused, match="already"):
            access.add(name, "admin", PHRASE, by="tests")
        assert access.check(name, PHRASE, address="a").name == "Li Ming"
    for name in ("", " ", "a/b", "a\u202eb", "x" * 41, "a\0b"):
        with pytest.raises(UserRefused, match="characters"):
            access.add(name, "viewer", PHRASE, by="tests")


def test_the_last_administrator_stays(access: Access) -> None:
    for change in (
        lambda: access.lock("李明", by="李明"),
        lambda: access.change_role("李明", "viewer", by="李明"),
    ):
        with pytest.raises(UserRefused, match="last administrator"):
            change()
    access.add("second", "admin", PHRASE, by="李明")
    access.lock("李明", by="second")
    with pytest.raises(UserRefused, match="last administrator"):
        access.lock("second", by="second")


def test_tokens_end(access: Access, clock: Clock) -> None:
    text, token = access.make_token("李明", "program", ["metrics", "read"], 2, by="李明")
    assert text.startswith(f"lw_{token.id}_")
    assert access.of_token(text[:-1] + ("a" if text[-1] != "a" else "b")) is None
    clock.now += 2 * DAY_MS - 1
    assert access.of_token(text) is not None
    clock.now += 1
    assert access.of_token(text) is None
    assert access.tokens() == []
    with pytest.raises(UserRefused, match="scopes"):
        access.make_token("李明", "program", ["users"], 2, by="李明")
    with pytest.raises(UserRefused, match="days"):
        access.make_token("李明", "program", ["read"], 731, by="李明")


@pytest.mark.slow
def test_a_journal_that_was_written_anew_does_not_fit_what_custody_noted(access: Access) -> None:
    database = access._database

    def anew(connection: sa.Connection, most: int) -> None:
        """All of it, the hashes, too; nothing in the chain itself shows it."""
        rows = [
            entry for entry in reversed(journal.entries(connection, 99)) if entry.number <= most
        ]
        connection.execute(sa.delete(tables.sign_ins))
        for entry in rows:
            journal.append(connection, entry.act, "somebody else", at=entry.at)

    for number in range(2):
        access.add(f"anna{number}", "viewer", "a phrase of the anna", by="boss")
        access.sweep()
    access.sweep()  # nothing new: nothing is noted twice
    with database.read() as connection:
        noted = custody.of(connection, [journal.SUBJECT])
        found = journal.entries(connection, 1)
    assert [one.detail["number"] for one in noted] == [2, 3]
    assert noted[-1].detail["hash"] == found[0].hash
    assert access.verify_journal() is None
    access.note("refused", "anna0")
    assert access.verify_journal() is None
    database.write(lambda connection: anew(connection, 4))
    with database.read() as connection:
        assert journal._broken(connection) is None
    assert access.verify_journal() == 2
    # Cut at its end: the chain of what is left holds.
    database.write(lambda connection: anew(connection, 1))
    assert access.verify_journal() == 2


@pytest.mark.slow
def test_a_changed_journal_shows_and_an_old_one_goes(access: Access, clock: Clock) -> None:
    for _ in range(5):
        clock.now += 100 * DAY_MS
        access.note("refused", "李明", address="a")
    access.sweep()
    assert len(access.journal(99)) == 4  # 365 days
    assert access.verify_journal() is None
    database = access._database
    database.write(
        lambda connection: connection.execute(
            sa.update(tables.sign_ins).where(tables.sign_ins.c.number == 4).values(address="b")
        )
    )
    assert access.verify_journal() == 4


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("short phrase", None), ("elf chars..", "short"), ("123456789012", "common"),
        ("aaaaaaaaaaaaaa", "common"), ("abababababab", "common"), ("passwordpassword", "common"),
        ("Woaini5201314", "common"), ("qwertyuiopqw", "common"), ("李明李明李明李明李明李明", "common"),
        ("livewatch1234", "own"), ("x" * 300, "long"), ("床前明月光疑是地上霜举头望", None),
        ("ｐａｓｓｗｏｒｄ１２３４", "common"),
    ],
)  # fmt: skip
def test_what_may_be_a_password(password: str, why: str | None) -> None:
    assert weakness(password, "李明") == why


def test_generated_passwords_may_be_passwords(access: Access) -> None:
    made = {passwords.generated() for _ in range(20)}
    assert len(made) == 20
    assert all(weakness(one, "李明") is None for one in made)
    with pytest.raises(BadPassword):
        access.change_password("李明", "too short", by="李明")


@pytest.mark.slow
def test_an_unknown_name_takes_as_long_as_a_known_one(access: Access) -> None:
    def seconds(name: str) -> float:
        began = time.process_time()
        for _ in range(20):
            with pytest.raises(SignInRefused):
                access.check(name, "a wrong password", address="a")
        return time.process_time() - began

    seconds("nobody")
    known, unknown = seconds("李明"), seconds("nobody")
    assert 0.4 < known / unknown < 2.5


class TestPace:
    def setup_method(self) -> None:
        self.now = 0.0
        self.pace = Pace(lambda: self.now)

    def wait(self, account: str, address: str) -> int:
        """Tries a wrong password; the wait that it was answered with, 0: it was looked at."""
        try:
            self.pace.begin(account, address)
        except Slowed as error:
            return error.retry_after_s
        return 0

    def test_waits_double_and_have_an_end(self) -> None:
        assert [self.wait("a", str(n)) for n in range(FREE_ACCOUNT)] == [0] * FREE_ACCOUNT
        waits = []
        for n in range(12):
            waits.append(self.wait("a", str(n)))
            self.now += waits[-1]
            assert self.wait("a", str(n)) == 0
        assert waits == [1, 2, 4, 8, 16, 32, 60, 60, 60, 60, 60, 60]

    def test_a_hundred_at_once_are_not_free(self) -> None:
        assert sum(self.wait("a", str(n)) == 0 for n in range(100)) == FREE_ACCOUNT

    def test_an_address_that_tries_many_names_is_slowed(self) -> None:
        assert sum(self.wait(str(n), "evil") == 0 for n in range(100)) == FREE_ADDRESS
        assert self.wait("a", "another") == 0

    def test_success_and_time_forgive(self) -> None:
        for _ in range(FREE_ACCOUNT - 1):
            self.wait("a", "x")
        self.pace.begin("a", "x")
        self.pace.succeeded("a", "x")
        assert [self.wait("a", "y") for _ in range(FREE_ACCOUNT)] == [0] * FREE_ACCOUNT
        assert self.wait("a", "y") == 1
        self.now += 4_000
        assert [self.wait("a", "y") for _ in range(FREE_ACCOUNT)] == [0] * FREE_ACCOUNT

    def test_each_wait_is_told_once(self) -> None:
        for _ in range(FREE_ACCOUNT):
            self.wait("a", "x")
        told = []
        for _ in range(3):
            with pytest.raises(Slowed) as slowed:
                self.pace.begin("a", "x")
            told.append(slowed.value.told)
        assert told == [True, False, False]

    def test_memory_is_bounded(self) -> None:
        for n in range(MOST + 500):
            self.wait(str(n), str(n))
        assert self.pace.remembered == 2 * MOST


@pytest.mark.parametrize(
    ("peer", "headers", "address", "secure", "here"),
    [
        ("127.0.0.1", {}, "127.0.0.1", False, True),
        ("::1", {}, "::1", False, True),
        ("192.0.2.1", {"X-Forwarded-For": "127.0.0.1", "X-Forwarded-Proto": "https"}, "192.0.2.1", False, False),
        ("10.0.0.5", {"X-Forwarded-For": "198.51.100.1"}, "198.51.100.1", False, False),
        ("10.0.0.5", {"X-Forwarded-For": "127.0.0.1, 198.51.100.1", "X-Forwarded-Proto": "https"}, "198.51.100.1", True, False),
        ("10.0.0.5", {"X-Forwarded-For": "198.51.100.1, 10.0.0.9"}, "198.51.100.1", False, False),
        ("10.0.0.5", {"X-Forwarded-For": "nonsense"}, "10.0.0.5", False, False),
        ("10.0.0.5", {"X-Forwarded-For": "2001:db8:1:2:3::4"}, "2001:db8:1:2::/64", False, False),
        ("127.0.0.1", {"Via": "1.1 somebody"}, "127.0.0.1", False, False),
        ("::ffff:10.0.0.5", {"X-Forwarded-For": "198.51.100.1"}, "198.51.100.1", False, False),
    ],
)  # fmt: skip
def test_who_a_client_is(
    peer: str, headers: dict[str, str], address: str, secure: bool, here: bool
) -> None:
    found = Proxies(["10.0.0.0/8"]).client(peer, headers, secure=False)
    assert (found.address, found.secure, found.here) == (address, secure, here)


def test_a_proxy_that_is_no_address_is_told() -> None:
    with pytest.raises(ConfigError, match="trusted_proxies"):
        Proxies(["proxy.example"])


@pytest.mark.slow
def test_the_commands_of_an_operator(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from monitor.commands import users as command

    place = command.Place(tmp_path / "new" / "data", None)
    secret = tmp_path / "password"
    secret.write_text(PHRASE + "\n", "utf-8")
    assert command.add(place, "李明", "admin", secret, generate=False) == 0
    assert command.add(place, "李明", "admin", secret, generate=False) == 1
    assert command.add(place, "x", "viewer", None, generate=False) == 3  # there is no terminal
    capsys.readouterr()
    assert command.add(place, "王芳", "viewer", None, generate=True) == 0
    password = capsys.readouterr().out.rpartition("password: ")[2].strip()
    assert command.make_token(place, "王芳", "program", ["read"], 7) == 0
    text = capsys.readouterr().out.strip()
    assert command.list_users(place, as_json=False) == 0
    assert command.list_sessions(place, None, as_json=True) == 0
    assert command.lock(place, "李明", locked=True) == 1
    assert command.lock(place, "nobody", locked=True) == 1
    assert command.revoke(place, "王芳", "none", None) == 1
    assert command.list_journal(place, 50, as_json=True) == 0
    shown = "".join(capsys.readouterr())
    assert '"act": "token-made"' in shown
    assert all(word not in shown for word in (password, text, PHRASE))
    store = Store.open(tmp_path / "new" / "data" / "livewatch.db")
    access = Access(store.database, SignIn(), lambda: time.time_ns() // 1_000_000)
    assert access.check("王芳", password, address="a").role == "viewer"
    assert access.of_token(text) is not None
    store.close()
