"""The seal of a bundle: a detached CMS signature (RFC 5652) over its manifest of tag files.

One signer, its certificate inside, SHA-256 and ECDSA: what `openssl cms -verify` checks. Made by
`cryptography`; taken apart by `asn1crypto`, since the former has no check of signatures.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from asn1crypto import cms
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.serialization import pkcs7

from monitor.evidence.keys import verify_signature

if TYPE_CHECKING:
    from monitor.evidence.keys import SigningKey

__all__ = ["BadSeal", "seal", "verify"]


class BadSeal(ValueError):
    """Bytes that are no seal, or not of what was sealed."""


def seal(data: bytes, key: SigningKey) -> bytes:
    """The signature, DER."""
    return (
        pkcs7.PKCS7SignatureBuilder()
        .set_data(data)
        .add_signer(key.certificate, key.private, hashes.SHA256())
        .sign(
            serialization.Encoding.DER,
            [
                pkcs7.PKCS7Options.DetachedSignature,
                pkcs7.PKCS7Options.Binary,
                pkcs7.PKCS7Options.NoCapabilities,
            ],
        )
    )


def verify(signature: bytes, data: bytes, certificate: x509.Certificate) -> None:
    """Is it this certificate's seal over these bytes, and nothing else.

    Raises:
        BadSeal: it is not, with the reason.
    """
    try:
        _check(signature, data, certificate)
    except BadSeal:
        raise
    except Exception as error:
        raise BadSeal(f"it is no signature: {error!r}"[:300]) from error


def _check(signature: bytes, data: bytes, certificate: x509.Certificate) -> None:
    signed = _signed_data(signature)
    if len(signed["signer_infos"]) != 1 or len(signed["certificates"]) != 1:
        raise BadSeal("a seal has one signer and one certificate")
    der = certificate.public_bytes(serialization.Encoding.DER)
    if signed["certificates"][0].chosen.dump() != der:
        raise BadSeal("the certificate in the seal is another one")
    if signed["encap_content_info"]["content"].native is not None:
        raise BadSeal("the seal has contents of its own")
    signer = signed["signer_infos"][0]
    if (
        signer["digest_algorithm"]["algorithm"].native != "sha256"
        or signer["signature_algorithm"]["algorithm"].native != "sha256_ecdsa"
        or signer["sid"].name != "issuer_and_serial_number"
        or signer["sid"].chosen["serial_number"].native != certificate.serial_number
        or signer["unsigned_attrs"].native
    ):
        raise BadSeal("the seal is not of the kind that livewatch makes")
    attributes = {one["type"].native: one["values"] for one in signer["signed_attrs"]}
    if attributes["message_digest"][0].native != hashlib.sha256(data).digest():
        raise BadSeal("the seal is over other bytes")
    covered = b"\x31" + signer["signed_attrs"].dump()[1:]
    if not verify_signature(certificate, signer["signature"].native, covered):
        raise BadSeal("the signature is not of this certificate's key")
    # What the signature does not cover is written as it was, or somebody wrote in it.
    if _rewritten(signed, certificate) != signature:
        raise BadSeal("the seal was changed outside of what is signed")


def _signed_data(signature: bytes) -> cms.SignedData:
    info = cms.ContentInfo.load(signature, strict=True)
    if info["content_type"].native != "signed_data":
        raise BadSeal("it is no signature")
    # Lazily parsed: everything is looked at now.
    _ = info.native
    return info["content"]


def _rewritten(signed: cms.SignedData, certificate: x509.Certificate) -> bytes:
    signer = signed["signer_infos"][0]
    loaded = cms.Certificate.load(certificate.public_bytes(serialization.Encoding.DER))
    written = cms.ContentInfo(
        {
            "content_type": "signed_data",
            "content": cms.SignedData(
                {
                    "version": "v1",
                    "digest_algorithms": [signer["digest_algorithm"]],
                    "encap_content_info": {"content_type": "data"},
                    "certificates": [cms.CertificateChoices("certificate", loaded)],
                    "signer_infos": [
                        {
                            "version": "v1",
                            "sid": cms.SignerIdentifier(
                                "issuer_and_serial_number",
                                {"issuer": loaded.issuer, "serial_number": loaded.serial_number},
                            ),
                            "digest_algorithm": signer["digest_algorithm"],
                            "signed_attrs": signer["signed_attrs"],
                            "signature_algorithm": signer["signature_algorithm"],
                            "signature": signer["signature"],
                        }
                    ],
                }
            ),
        }
    )
    return bytes(written.dump(force=True))
