"""Keys on a token (SoftHSM2, PKCS#11): heads and seals that others verify, and no secret anywhere."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from typer.testing import CliRunner

from monitor.cli import app
from monitor.errors import ConfigError
from monitor.evidence import report
from monitor.evidence.hsm import TokenUri
from monitor.evidence.keys import KeyFolder, _self_signed
from monitor.evidence.verify import verify
from tests.monitor.build import BASE_MS
from tests.monitor.evidence.matter import MINUTE, Matter, contents, unpacked

PIN = "483920175563"
MODULE = "/usr/lib/softhsm/libsofthsm2.so"


class Token:
    """A token with a key on it, whose certificate lies in a file."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "tokens").mkdir()
        (folder / "softhsm2.conf").write_text(f"directories.tokendir = {folder}/tokens\n")
        # Read when the module is loaded, which is once a process.
        os.environ["SOFTHSM2_CONF"] = str(folder / "softhsm2.conf")
        self._run(
            "--init-token", "--free", "--label", "livewatch", "--so-pin", "87654321", "--pin", PIN
        )
        private = ec.generate_private_key(ec.SECP256R1())
        self.certificate = folder / "office.crt"
        self.certificate.write_bytes(
            _self_signed(private, "某局", BASE_MS).public_bytes(serialization.Encoding.PEM)
        )
        pem = folder / "key.pem"
        pem.write_bytes(
            private.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )  # fmt: skip
        self._run(
            "--import",
            str(pem),
            "--token",
            "livewatch",
            "--label",
            "evidence",
            "--id",
            "01",
            "--pin",
            PIN,
        )
        self.secret = pem.read_bytes()
        pem.unlink()
        self.pin = folder / "pin"
        self.pin.write_text(PIN + "\n")
        self.uri = f"pkcs11:token=livewatch;object=evidence?module-path={MODULE}&pin-source=file:{self.pin}"

    def _run(self, *arguments: str) -> None:
        subprocess.run(["softhsm2-util", *arguments], check=True, capture_output=True)


@pytest.fixture(scope="module")
def token(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Token]:
    pytest.importorskip("pkcs11")
    if shutil.which("softhsm2-util") is None:
        message = "no SoftHSM: apt-get install softhsm2"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    before = os.environ.get("SOFTHSM2_CONF")
    yield Token(tmp_path_factory.mktemp("hsm"))
    os.environ.pop("SOFTHSM2_CONF")
    if before is not None:
        os.environ["SOFTHSM2_CONF"] = before


@pytest.mark.slow
def test_heads_and_bundles_are_signed_on_the_token(
    token: Token, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(report, "has_pdf", lambda: False)
    matter = Matter(tmp_path / "m")  # its first heads are signed with a key in a file
    done = CliRunner().invoke(
        app,
        ["evidence", "keys", "rotate", "--data", str(tmp_path / "m"), "--pkcs11", token.uri,
         "--certificate", str(token.certificate)],
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    matter.supply(b"FLV\x01" + bytes(99), at=BASE_MS)
    matter.keeper.cover(BASE_MS + 30 * MINUTE)
    made = matter.export(tmp_path / "out")
    matter.close()
    found = verify(Path(made.path), trusted=matter.keeper.certificates())
    assert (found.verdict, found.findings) == ("valid", [])
    files = contents(Path(made.path))
    assert files["trust/seal.crt"] == token.certificate.read_bytes()
    assert {"trust/k1.crt", "trust/seal.crt"} <= files.keys(), (
        "the heads of before are of the first"
    )
    # OpenSSL, which knows nothing of tokens, holds the seal against the certificate.
    folder = unpacked(files, tmp_path / "EV")
    checked = subprocess.run(
        ["openssl", "cms", "-verify", "-binary", "-inform", "DER", "-in",
         "seal/tagmanifest-sha256.txt.p7s", "-content", "tagmanifest-sha256.txt", "-CAfile",
         str(token.certificate), "-purpose", "any", "-out", "/dev/null"],
        cwd=folder, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert "successful" in checked.stderr
    answer = CliRunner().invoke(app, ["evidence", "log-verify", "--data", str(tmp_path / "m")])
    assert answer.exit_code == 0, answer.output
    # No PIN and no key: not in the bundle, the folder of keys, the database, or what was said.
    secret = b"".join(token.secret.splitlines()[1:-1])[40:100]
    own = {str(path): path.read_bytes() for path in (tmp_path / "m").rglob("*") if path.is_file()}
    said = "".join(capfd.readouterr()) + done.output + answer.output
    for path, data in {**files, **own, "said": said.encode()}.items():
        assert PIN.encode() not in data, path
        assert secret not in data, path
    named = tmp_path / "m" / "evidence" / "keys" / "k2.pkcs11"
    assert named.read_text() == token.uri + "\n"
    assert named.stat().st_mode & 0o777 == 0o600
    assert not named.with_suffix(".pem").exists()


def test_a_token_that_does_not_sign_says_why_without_the_pin(token: Token, tmp_path: Path) -> None:
    folder = KeyFolder(tmp_path / "keys")
    folder.current("某局", BASE_MS)
    other = tmp_path / "other.crt"
    other.write_bytes((tmp_path / "keys" / "k1.crt").read_bytes())
    wrong = tmp_path / "wrong"
    wrong.write_text("00000000")
    for uri, certificate, says in (
        (token.uri, other, "is not the certificate"),
        (token.uri.replace("object=evidence", "object=none"), token.certificate, "NoSuchKey"),
        (token.uri.replace("token=livewatch", "token=none"), token.certificate, "NoSuchToken"),
        (token.uri.replace(str(token.pin), str(wrong)), token.certificate, "PinIncorrect"),
        (token.uri.replace(str(token.pin), "/nowhere"), token.certificate, "cannot read the PIN"),
        (token.uri.replace(MODULE, "/nowhere.so"), token.certificate, "no PKCS#11 module"),
    ):
        with pytest.raises(ConfigError, match=says) as caught:
            folder.rotate("某局", BASE_MS, (TokenUri.parse(uri), certificate))
        assert PIN not in str(caught.value)
        assert "00000000" not in str(caught.value)
    assert [one.id for one in folder.all()] == ["k1"], "the key in use is as it was"


@pytest.mark.parametrize(
    ("uri", "says"),
    [
        ("pkcs11:token=a;object=b?module-path=/x.so&pin-value=1234", "PIN does not belong"),
        ("pkcs11:token=a;object=b?module-path=/x.so", "pin-source"),
        ("pkcs11:token=a?module-path=/x.so&pin-source=file:/p", "object"),
        ("file:///key.pem", "pkcs11:token"),
    ],
)
def test_a_uri_that_says_too_little_or_too_much(uri: str, says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        TokenUri.parse(uri)


def test_a_uri_may_be_written_with_percent_signs() -> None:
    found = TokenUri.parse("pkcs11:object=a%20b;token=%E5%B1%80?pin-source=/p&module-path=/x.so")
    assert (found.object, found.token, found.pin_file) == ("a b", "局", "/p")
