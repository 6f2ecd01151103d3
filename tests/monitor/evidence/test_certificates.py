"""Whose certificate may seal, and when: use, validity, and who issued it."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from monitor.commands import evidence_bundle
from monitor.commands.exits import Exit
from monitor.errors import ConfigError
from monitor.evidence import report as pages
from monitor.evidence.keys import KeyFolder
from monitor.evidence.verify import verify
from tests.monitor.evidence.matter import Matter, contents, packed, unpacked

SIGNING = frozenset({"digital_signature", "content_commitment"})
DAY = timedelta(days=1)


@pytest.fixture
def matter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Matter]:
    monkeypatch.setattr(pages, "has_pdf", lambda: False)
    made = Matter(tmp_path / "m")
    yield made
    made.close()


class Issuer:
    """An authority of a test, or whoever would like to be one."""

    def __init__(self, *, ca: bool | None = True) -> None:
        """
        Args:
            ca: ``None``: its certificate does not say.
        """
        self.private = ec.generate_private_key(ec.SECP256R1())
        self.name = _name("某单位")
        built = _built(self.name, self.name, self.private, _now() - 900 * DAY, _now() + 900 * DAY)
        if ca is not None:
            built = built.add_extension(x509.BasicConstraints(ca, None), critical=True)
        self.certificate = built.sign(self.private, hashes.SHA256())

    def issue(
        self, folder: Path, begins: datetime, ends: datetime, uses: frozenset[str] = SIGNING
    ) -> tuple[Path, Path]:
        """Files of a key and of its certificate."""
        private = ec.generate_private_key(ec.SECP256R1())
        built = _built(_name("沙河市市场监督管理局"), self.name, private, begins, ends)
        every = (
            "digital_signature", "content_commitment", "key_encipherment", "data_encipherment",
            "key_agreement", "key_cert_sign", "crl_sign", "encipher_only", "decipher_only",
        )  # fmt: skip
        usage = x509.KeyUsage(**{name: name in uses for name in every})
        certificate = built.add_extension(usage, critical=True).sign(self.private, hashes.SHA256())
        folder.mkdir(exist_ok=True)
        key, file = folder / "own.pem", folder / "own.crt"
        key.write_bytes(
            private.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )
        file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
        return key, file


def _name(who: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, who)])


def _built(
    subject: x509.Name,
    issuer: x509.Name,
    private: ec.EllipticCurvePrivateKey,
    begins: datetime,
    ends: datetime,
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(private.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(ends)
    )


def _now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


def sealed_with(matter: Matter, brought: tuple[Path, Path], out: Path, at: datetime) -> Path:
    """A bundle that is exported at a time, under a key that was taken in while it was valid."""
    certificate = x509.load_pem_x509_certificate(brought[1].read_bytes())
    since = certificate.not_valid_before_utc + timedelta(hours=1)
    folder = KeyFolder(matter.folder / "evidence" / "keys")
    folder.rotate("", int(since.timestamp() * 1_000), brought)
    matter.now = int(at.timestamp() * 1_000)
    return Path(matter.export(out).path)


@pytest.mark.parametrize(
    ("begins", "ends", "uses", "says"),
    [
        (-400, -30, SIGNING, "is valid"),
        (30, 400, SIGNING, "is valid"),
        (-30, 400, frozenset({"key_agreement"}), "none for signatures"),
    ],
)
def test_a_certificate_that_may_not_sign_now_is_not_taken_in(
    tmp_path: Path, begins: int, ends: int, uses: frozenset[str], says: str
) -> None:
    now = _now()
    brought = Issuer().issue(tmp_path / "b", now + begins * DAY, now + ends * DAY, uses)
    folder = KeyFolder(tmp_path / "keys")
    with pytest.raises(ConfigError, match=says):
        folder.rotate("", int(now.timestamp() * 1_000), brought)
    assert folder.all() == []


def test_a_seal_counts_if_its_certificate_was_valid_when_it_was_made(
    matter: Matter, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    issuer, now = Issuer(), _now()
    # It has expired since.
    brought = issuer.issue(tmp_path / "b", now - 400 * DAY, now - 30 * DAY)
    made = sealed_with(matter, brought, tmp_path / "out", now - 31 * DAY)
    trusted = [issuer.certificate]
    found = verify(made, trusted=trusted)
    assert (found.verdict, found.findings, found.remarks) == ("valid", [], [])
    folder = unpacked(contents(made), tmp_path / "u")
    root = tmp_path / "root.pem"
    root.write_bytes(issuer.certificate.public_bytes(serialization.Encoding.PEM))
    done = subprocess.run(
        ["sh", str(folder / "verify" / "verify.sh")], capture_output=True, check=False,
        env={"PATH": "/usr/bin:/bin", "ROOT": str(root)}, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr

    matter.now = int((now - 29 * DAY).timestamp() * 1_000)
    late = matter.export(tmp_path / "late")
    assert any("will not trust" in note for note in late.notes)
    found = verify(Path(late.path), trusted=trusted)
    assert (found.verdict, found.findings) == ("seal-untrusted", [])
    [remark] = found.remarks
    assert remark.what == "certificate"
    code = evidence_bundle.verify_bundle(Path(late.path), [root], [], None, as_json=False)
    told = capsys.readouterr().out
    assert code == Exit.SEAL_UNTRUSTED
    assert "不在有效期内" in told
    assert "不表明" in told
    assert "未发现改动" not in told


@pytest.mark.parametrize(("ca", "verdict"), [(True, "valid"), (False, "seal-untrusted"), (None, "seal-untrusted")])  # fmt: skip
def test_only_an_authority_vouches_for_another_key(
    matter: Matter, tmp_path: Path, ca: bool | None, verdict: str
) -> None:
    issuer, now = Issuer(ca=ca), _now()
    brought = issuer.issue(tmp_path / "b", now - DAY, now + 400 * DAY)
    made = sealed_with(matter, brought, tmp_path / "out", now)
    assert verify(made, trusted=[issuer.certificate]).verdict == verdict
    own = x509.load_pem_x509_certificate(brought[1].read_bytes())
    assert verify(made, trusted=[own]).verdict == "valid"


def test_findings_are_told_in_both_languages(
    matter: Matter, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = contents(Path(matter.export(tmp_path / "out").path))
    for path in (
        "data/events/chat.csv",
        "custody/custody.jsonl",
        "seal/tagmanifest-sha256.txt.p7s",
    ):
        files[path] = files[path][:-9] + b"000000000"
    del files["data/events/prices.csv"]
    files["data/more.txt"] = b"more"
    bad = packed(files, tmp_path / "b.zip")
    found = verify(bad)
    assert len({one.what for one in found.findings}) >= 4
    for one in found.findings:
        assert not any("\u4e00" <= char <= "\u9fff" for char in one.says), one
        assert any("\u4e00" <= char <= "\u9fff" for char in one.says_zh), one
    evidence_bundle.verify_bundle(bad, [], [], None, as_json=False)
    told = capsys.readouterr().out
    assert all(one.says_zh in told for one in found.findings)
    assert evidence_bundle.rerun_bundle(None, bad, as_json=False) == Exit.CHECK_FAILED
    assert "does not hold" in capsys.readouterr().err
