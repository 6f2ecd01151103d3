"""Time stamps of a real authority (openssl): granted, refused, slow, away, wrong, expired."""

from __future__ import annotations

import json
import subprocess
import time
from pathlib import Path

import msgspec
import pytest
from cryptography import x509

from monitor.commands.evidence_bundle import stamp_bundle
from monitor.commands.exits import Exit
from monitor.config import Config
from monitor.config import Evidence as Settings
from monitor.errors import ConfigError
from monitor.evidence import heads, stamper
from monitor.evidence.audit import audit
from monitor.evidence.keys import KeyFolder
from monitor.evidence.stamper import BACKOFF_S, Stamper
from monitor.evidence.stamps import BadStamp, check, stamp, states
from monitor.evidence.verify import verify
from tests.monitor.build import BASE_MS
from tests.monitor.evidence.authority import LocalAuthority
from tests.monitor.evidence.matter import MINUTE, Matter, contents, packed

pytestmark = pytest.mark.slow
DATA = b"a head of the log\n"


@pytest.fixture(scope="module")
def local(tmp_path_factory: pytest.TempPathFactory) -> LocalAuthority:
    return LocalAuthority(tmp_path_factory.mktemp("tsa") / "a")


@pytest.fixture(scope="module")
def expired(tmp_path_factory: pytest.TempPathFactory) -> LocalAuthority:
    return LocalAuthority(tmp_path_factory.mktemp("tsa") / "e", expired=True)


@pytest.mark.parametrize("hash_", ["sha256", "sha512"])
def test_a_granted_stamp_holds_here_and_for_openssl(
    local: LocalAuthority, tmp_path: Path, hash_: str
) -> None:
    local.mode = "granted"
    with local.serving(hash_=hash_) as authority:
        token = stamp(authority, DATA)
    roots = x509.load_pem_x509_certificates(local.roots.read_bytes())
    assert check(token, DATA, roots) == states(token, DATA) > BASE_MS
    (tmp_path / "data").write_bytes(DATA)
    (tmp_path / "x.tsr").write_bytes(token)
    done = subprocess.run(
        ["openssl", "ts", "-verify", "-data", "data", "-in", "x.tsr", "-CAfile", str(local.roots)],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert "Verification: OK" in done.stdout
    with pytest.raises(BadStamp, match="does not hold"):
        check(token, b"other", roots)
    with pytest.raises(BadStamp):
        check(token[:-40], DATA, roots)


@pytest.mark.parametrize(
    ("mode", "why"),
    [
        ("refused", "refused"),
        ("wrong hash", "does not hold"),
        ("slow", "no answer within"),
        ("broken", "answered 500"),
        ("nonsense", "no time stamp"),
        ("endless", "longer than a time stamp"),
    ],
)
def test_whatever_is_no_stamp_is_refused_with_the_reason(
    local: LocalAuthority, mode: str, why: str
) -> None:
    local.mode = mode
    with (
        local.serving(timeout_s=1 if mode == "slow" else 20) as authority,
        pytest.raises(BadStamp, match=why),
    ):
        stamp(authority, DATA)
    local.mode = "granted"


def test_an_authority_that_is_away_or_not_ours_or_expired(
    local: LocalAuthority, expired: LocalAuthority
) -> None:
    with local.serving() as authority:
        pass
    with pytest.raises(BadStamp, match="cannot be reached"):
        stamp(authority, DATA)
    with expired.serving() as other, pytest.raises(BadStamp, match="does not hold"):
        stamp(other, DATA)
    local.mode = "granted"
    with local.serving() as authority:
        foreign = msgspec.structs.replace(authority, roots_file=str(expired.roots))
        with pytest.raises(BadStamp, match="does not hold"):
            stamp(foreign, DATA)
        none = msgspec.structs.replace(authority, roots_file="/nowhere.pem")
        with pytest.raises(ConfigError, match="nowhere"):
            stamp(none, DATA)


def test_an_hour_away_costs_one_stamp_and_covers_all(local: LocalAuthority, matter: Matter) -> None:
    """The clock is given: each round is one look."""
    local.mode = "broken"
    now = BASE_MS
    with local.serving() as authority:
        queue = Stamper(matter.store.database, [authority], lambda: now)
        local.asked = 0
        for minute in range(60):
            now = BASE_MS + minute * MINUTE
            queue.round(now)
        [state] = queue.states()
        assert (state.unstamped, state.last_at) == (2, None)
        assert "500" in state.reason
        assert len(BACKOFF_S) <= state.attempts < 20, "it is asked less and less often"
        local.mode = "granted"
        queue.round(state.next_at)
        [state] = queue.states()
    assert (state.unstamped, state.reason, local.asked) == (0, "", 1)
    with matter.store.database.read() as connection:
        newest = heads.last_head(connection)
        assert newest is not None
        assert stamper.stamped(connection) == {"local": {newest.number}}
        token = stamper.tokens(connection, newest.number)["local"].token
    assert states(token, newest.note)


def stamped_config(matter: Matter, *authorities: object) -> None:
    matter.config = Config(
        evidence=Settings(organisation="某局", authorities=list(authorities))  # type: ignore[arg-type]
    )


@pytest.mark.slow(3)
def test_a_bundle_carries_the_stamps_of_its_heads_and_its_own(
    local: LocalAuthority, matter: Matter, tmp_path: Path
) -> None:
    local.mode = "granted"
    with local.serving() as authority:
        stamped_config(matter, authority)
        Stamper(matter.store.database, [authority], lambda: BASE_MS + MINUTE).round(BASE_MS)
        path = Path(matter.export(tmp_path / "out").path)
    files = contents(path)
    roots = x509.load_pem_x509_certificates(local.roots.read_bytes())
    found = verify(path, authorities=roots)
    assert found.verdict == "seal-untrusted", found.findings
    assert [(one.path, one.trusted) for one in found.stamps] == [
        ("data/proofs/head-000002.txt.local.tsr", True),
        ("seal/tagmanifest-sha256.txt.local.tsr", True),
    ]
    assert [one.trusted for one in verify(path).stamps] == [False, False]
    # The clock of this machine against the authority's: the head was signed before, the stamp here after.
    told = json.loads(files["data/clock.json"])["collecting_host"]["authorities"]["local"]
    head = heads.read(files["data/proofs/head-000002.txt"])
    at = states(
        files["data/proofs/head-000002.txt.local.tsr"], files["data/proofs/head-000002.txt"]
    )
    assert told["stamps"] == 1
    assert at - head.at <= told["at_most_behind"] < at - head.at + 1_000
    assert told["at_most_ahead"] == BASE_MS + MINUTE - at, (
        "by when it was here, not when it was asked for"
    )
    page = files["data/report/report.html"].decode()
    assert "第三方时间戳 1 个" in page
    assert "以时间戳机构 local 为准" in page
    own = "seal/tagmanifest-sha256.txt.local.tsr"
    token = files[own]
    for changed in (
        token[:-1],
        token + b"\0",
        DATA,
        b"",
        files["data/proofs/head-000002.txt.local.tsr"],
    ):
        found = verify(packed(files | {own: changed}, tmp_path / "b.zip"))
        assert (found.verdict, found.findings[-1].what) == ("invalid", "stamp")
    for place in range(0, len(token), 61):
        broken = token[:place] + bytes([token[place] ^ 1]) + token[place + 1 :]
        found = verify(packed(files | {own: broken}, tmp_path / "b.zip"))
        assert found.verdict == "invalid", place
    del files[own], files[f"{own}.sha256"]
    found = verify(packed(files, tmp_path / "b.zip"))
    assert (found.verdict, [one.what for one in found.findings]) == ("incomplete", ["gone"])


def test_a_bundle_that_was_made_while_the_authority_was_away_is_stamped_later(
    local: LocalAuthority, matter: Matter, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    local.mode = "broken"
    with local.serving() as authority:
        stamped_config(matter, authority)
        done = matter.export(tmp_path / "out")
        path = Path(done.path)
        assert any("no time stamp of local" in note for note in done.notes)
        assert verify(path).verdict == "incomplete"
        settings = tmp_path / "livewatch.toml"
        settings.write_text(
            f'[[evidence.authorities]]\nname = "local"\nurl = "{authority.url}"\n'
            f'roots_file = "{authority.roots_file}"\n'
        )
        before = path.read_bytes()
        assert stamp_bundle(settings, path) == Exit.UNREACHABLE
        assert path.read_bytes() == before
        local.mode = "granted"
        assert stamp_bundle(settings, path) == Exit.DONE
        asked = local.asked
        assert stamp_bundle(settings, path) == Exit.DONE
        assert local.asked == asked, "what is there is not asked for again"
    assert verify(path).verdict == "seal-untrusted"
    assert [each.name for each in path.parent.iterdir()] == [path.name]


# Revoked keys


def test_a_head_of_a_revoked_key_counts_only_if_it_was_stamped_before(
    local: LocalAuthority, matter: Matter, tmp_path: Path
) -> None:
    """Whoever has a stolen key can write any time into what he signs."""
    local.mode = "granted"
    keys = KeyFolder(matter.folder / "evidence" / "keys")
    unstamped = matter.export(tmp_path / "unstamped")
    with local.serving() as authority:
        settings = msgspec.structs.replace(matter.config.evidence, authorities=[authority])
        matter.config = msgspec.structs.replace(matter.config, evidence=settings)
        Stamper(matter.store.database, [authority], lambda: BASE_MS).round(BASE_MS)
        stamped = matter.export(tmp_path / "stamped", now=matter.now + MINUTE)
        roots = {authority.name: x509.load_pem_x509_certificates(local.roots.read_bytes())}
        early, late = BASE_MS, time.time_ns() // 1_000_000 + MINUTE
        keys.revoke("k1", "the disk was stolen", late)
        entries = keys.all()
        for bundle_, says in ((unstamped, {"revoked"}), (stamped, set())):
            found = verify(Path(bundle_.path), revoked=entries)
            assert {one.what for one in found.findings} == says, found.findings
        # It was stolen before the stamp was given: then the stamp shows nothing.
        stolen = [msgspec.structs.replace(entries[0], revoked=early)]
        found = verify(Path(stamped.path), revoked=stolen)
        assert {one.what for one in found.findings} == {"revoked"}
        # A stamp of an authority that the reader does not trust shows nothing either.
        foreign = [keys.certificate("k1")]
        found = verify(Path(stamped.path), revoked=entries, authorities=foreign)
        assert "revoked" in {one.what for one in found.findings}
        with matter.store.database.read() as connection:
            assert audit(connection, keys, roots).uncounted == 0
            found_here = audit(connection, keys)
        assert found_here.uncounted == found_here.heads == 3
        assert found_here.covered == 0
        # What is exported from now on lies under a head of the new key, and says what was revoked.
        keys.revoke("k1", "the disk was stolen", early)
        again = matter.export(tmp_path / "again", now=matter.now + 2 * MINUTE)
    found = verify(Path(again.path))
    assert (found.verdict, found.proved) == ("seal-untrusted", found.records)
    assert json.loads(contents(Path(again.path))["trust/keys.json"])[0]["id"] == "k1"
