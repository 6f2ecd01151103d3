"""The signature by SM2: made, checked by tools of others, and found when it was changed."""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
from pathlib import Path

import msgspec
import pytest

from monitor.errors import ConfigError
from monitor.evidence import sm2
from monitor.evidence.verify import verify
from tests.monitor.evidence.matter import Matter, contents, packed, unpacked

SIGNATURE = "seal/tagmanifest-sha256.txt.sm2sig"


def openssl(*arguments: str) -> None:
    subprocess.run(["openssl", *arguments], check=True, capture_output=True)


def made_key(folder: Path, name: str, curve: str = "SM2") -> tuple[Path, Path]:
    """A key and a certificate of its own."""
    key, certificate = folder / f"{name}.key", folder / f"{name}.crt"
    openssl("ecparam", "-name", curve, "-genkey", "-noout", "-out", str(key))
    openssl("req", "-x509", "-new", "-key", str(key), "-sm3" if curve == "SM2" else "-sha256",
            "-subj", "/O=office/CN=sm2", "-days", "30", "-out", str(certificate))  # fmt: skip
    return key, certificate


@pytest.fixture
def matter(matter: Matter, tmp_path: Path) -> Matter:
    key, certificate = made_key(tmp_path, "office")
    evidence = msgspec.structs.replace(
        matter.config.evidence, sm2_key_file=str(key), sm2_certificate_file=str(certificate)
    )
    matter.config = msgspec.structs.replace(matter.config, evidence=evidence)
    return matter


def resealed(files: dict[str, bytes], signature: bytes) -> dict[str, bytes]:
    """With another signature and the right sum of it."""
    line = f"{hashlib.sha256(signature).hexdigest()}  {SIGNATURE}\n".encode()
    return {**files, SIGNATURE: signature, f"{SIGNATURE}.sha256": line}


@pytest.mark.slow
def test_it_holds_for_livewatch_and_for_what_the_text_in_the_bundle_says(
    matter: Matter, tmp_path: Path
) -> None:
    made = Path(matter.export(tmp_path / "out").path)
    found = verify(made, trusted=matter.keeper.certificates())
    assert (found.verdict, found.findings) == ("valid", [])
    assert "checked" in [remark.what for remark in found.remarks]
    files = contents(made)
    secret = (tmp_path / "office.key").read_bytes().splitlines()[1]
    assert all(secret not in data for data in files.values())
    folder = unpacked(files, tmp_path / "EV")
    for text in ("VERIFY.zh-CN.md", "VERIFY.en.md"):
        said = files[f"verify/{text}"].decode()
        [row] = [line for line in said.splitlines() if "pkeyutl" in line]
        commands = [one for one in re.findall(r"`([^`]+)`", row) if one.startswith("openssl")]
        for number, command in enumerate(commands):
            there = command.replace("/tmp/sm2.pub", str(tmp_path / "sm2.pub"))  # noqa: S108 - as it is written
            done = subprocess.run(
                ["sh", "-c", there], cwd=folder, capture_output=True, text=True, check=False
            )
            assert done.returncode == 0, done.stderr
            assert number == 0 or done.stdout == "Signature Verified Successfully\n"
    done = subprocess.run(
        ["sh", "verify/verify.sh"], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    # Each of the three is found; nobody takes one signature for another's.
    other, _ = made_key(tmp_path, "other")
    (tmp_path / "data").write_bytes(files["tagmanifest-sha256.txt"])
    openssl("pkeyutl", "-sign", "-rawin", "-digest", "sm3", "-inkey", str(other), "-pkeyopt", sm2.ID,
            "-in", str(tmp_path / "data"), "-out", str(tmp_path / "sig"))  # fmt: skip
    good = files[SIGNATURE]
    changed = good[:-1] + bytes([good[-1] ^ 1])
    for number, bad in enumerate((changed, (tmp_path / "sig").read_bytes(), b"", b"\0" * 70)):
        found = verify(packed(resealed(files, bad), tmp_path / f"{number}.zip"))
        assert (SIGNATURE, "seal") in {(one.path, one.what) for one in found.findings}
    left = {path: data for path, data in files.items() if "sm2sig" not in path}
    found = verify(packed(left, tmp_path / "left.zip"))
    assert (found.verdict, [one.path for one in found.findings]) == ("incomplete", [SIGNATURE])


@pytest.mark.slow
def test_a_machine_without_openssl_says_so(
    matter: Matter, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = Path(matter.export(tmp_path / "out").path)
    monkeypatch.setattr(shutil, "which", lambda _: None)
    found = verify(made, trusted=matter.keeper.certificates())
    assert found.verdict == "valid"
    assert [remark.what for remark in found.remarks] == ["unchecked"]
    with pytest.raises(ConfigError, match="needs the program openssl"):
        matter.export(tmp_path / "out")
    assert len(list((tmp_path / "out").iterdir())) == 1, "no half bundle"


def test_a_key_that_is_none_is_refused_without_showing_it(tmp_path: Path) -> None:
    key, certificate = made_key(tmp_path, "office")
    _, other = made_key(tmp_path, "other")
    ordinary, its = made_key(tmp_path, "ordinary", "prime256v1")
    (tmp_path / "text").write_text("a password that somebody put here")
    assert sm2.sign(b"x", key, certificate.read_bytes())
    for wrong, crt, says in (
        (key, other, "is not the certificate"),
        (tmp_path / "text", certificate, "no key of SM2"),
        (tmp_path / "none", certificate, "no key of SM2"),
        (ordinary, its, "no key of SM2"),
    ):
        with pytest.raises(ConfigError, match=says) as caught:
            sm2.sign(b"x", wrong, crt.read_bytes())
        assert "password" not in str(caught.value)
