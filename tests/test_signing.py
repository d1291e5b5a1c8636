from __future__ import annotations

import datetime
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pictures
import pytest

from genmark import photos
from genmark.errors import PhotoError, UsageError, WriteError
from genmark.types import Photo

SUFFIXES = (".png", ".jpg", ".webp")


def written(path: Path) -> Path:
    photos.write(Photo(np.asarray(pictures.astronaut())), path)
    return path


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a self-made chain: `chain.pem` (signer, then root) and `key.pem`, ES256."""
    pytest.importorskip("c2pa", reason="the c2pa extra is not installed")
    from cryptography.hazmat.primitives.asymmetric import ec

    root, signer = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    folder = tmp_path_factory.mktemp("keys")
    (folder / "chain.pem").write_bytes(certificate("Signer", signer, root) + certificate("Root", root, root))
    (folder / "key.pem").write_bytes(pem(signer))
    (folder / "stranger.pem").write_bytes(pem(root))
    (folder / "locked.pem").write_bytes(pem(signer, b"secret"))
    (folder / "text.pem").write_text("no key")
    return folder


def pem(key: Any, password: bytes | None = None) -> bytes:
    from cryptography.hazmat.primitives import serialization as s

    locked = s.NoEncryption() if password is None else s.BestAvailableEncryption(password)
    return bytes(key.private_bytes(s.Encoding.PEM, s.PrivateFormat.PKCS8, locked))


def certificate(name: str, key: Any, issuer: Any) -> bytes:
    """A certificate as C2PA asks for it: a root that may sign certificates, or a signer for e-mail protection."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.x509 import oid

    def called(common: str) -> x509.Name:
        parts = {oid.NameOID.COUNTRY_NAME: "KR", oid.NameOID.ORGANIZATION_NAME: "Test", oid.NameOID.COMMON_NAME: common}
        return x509.Name([x509.NameAttribute(kind, value) for kind, value in parts.items()])

    root, now = key is issuer, datetime.datetime.now(datetime.UTC)
    usage = dict.fromkeys(("content_commitment", "key_encipherment", "data_encipherment", "key_agreement"), False)
    usage |= {"encipher_only": False, "decipher_only": False, "digital_signature": not root}
    usage |= {"key_cert_sign": root, "crl_sign": root}
    builder = x509.CertificateBuilder(called("Root"), called(name), key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(now - datetime.timedelta(1)).not_valid_after(now + datetime.timedelta(9))
    extensions: list[tuple[x509.ExtensionType, bool]] = [
        (x509.BasicConstraints(ca=root, path_length=None), True),
        (x509.KeyUsage(**usage), True),
        (x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False),
        (x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.public_key()), False),
    ]
    if not root:
        extensions.append((x509.ExtendedKeyUsage([oid.ExtendedKeyUsageOID.EMAIL_PROTECTION]), False))
    for extension, critical in extensions:
        builder = builder.add_extension(extension, critical)
    return builder.sign(issuer, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_signed_picture_verifies_and_says_how_it_was_made(tmp_path: Path, keys: Path, suffix: str) -> None:
    import c2pa

    path = written(tmp_path / f"미리보기{suffix}")
    before, size = photos.read(path).pixels, path.stat().st_size
    photos.sign(path, keys / "chain.pem", keys / "key.pem")
    with c2pa.Reader(str(path)) as reader:
        assert reader.get_validation_state() == "Valid"
        manifest = json.loads(reader.json())
    active = manifest["manifests"][manifest["active_manifest"]]
    action = active["assertions"][0]["data"]["actions"][0]
    assert action["digitalSourceType"].endswith("/compositeWithTrainedAlgorithmicMedia")
    assert active["claim_generator_info"][0]["name"] == "genmark"
    assert "thumbnail" not in active
    assert path.stat().st_size - size < 8000
    assert (photos.read(path).pixels == before).all()
    assert photos.is_marked(path)
    assert [p.name for p in tmp_path.iterdir()] == [path.name]


def test_a_changed_picture_no_longer_verifies(tmp_path: Path, keys: Path) -> None:
    import c2pa

    path = written(tmp_path / "a.png")
    photos.sign(path, keys / "chain.pem", keys / "key.pem")
    data = bytearray(path.read_bytes())
    data[-40] ^= 1
    path.write_bytes(data)
    with c2pa.Reader(str(path)) as reader:
        assert reader.get_validation_state() == "Invalid"


@pytest.mark.parametrize(
    ("chain", "key", "message"),
    [
        ("chain.pem", "stranger.pem", "check that chain.pem"),
        ("text.pem", "key.pem", "check that text.pem"),
        ("chain.pem", "text.pem", "text.pem is no private key"),
        ("chain.pem", "locked.pem", "locked.pem is no private key in PEM without a password"),
        ("missing.pem", "key.pem", r"missing.pem cannot be read \("),
    ],
)
def test_keys_that_do_not_fit_are_one_clear_error(
    tmp_path: Path, keys: Path, chain: str, key: str, message: str
) -> None:
    path = written(tmp_path / "a.png")
    before = path.read_bytes()
    with pytest.raises(UsageError, match=message):
        photos.sign(path, keys / chain, keys / key)
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["a.png"]


def test_what_is_no_picture_is_not_signed(tmp_path: Path, keys: Path) -> None:
    (tmp_path / "a.png").write_text("text")
    with pytest.raises((UsageError, WriteError), match=r"a\.png cannot be signed"):
        photos.sign(tmp_path / "a.png", keys / "chain.pem", keys / "key.pem")
    with pytest.raises(UsageError, match=r"a\.tiff cannot be signed; only \.jpg"):
        photos.sign(tmp_path / "a.tiff", keys / "chain.pem", keys / "key.pem")
    with pytest.raises(PhotoError, match="cannot be read"):
        photos.sign(tmp_path / "missing.png", keys / "chain.pem", keys / "key.pem")


def test_without_its_extra_signing_names_the_command(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "c2pa", None)
    with pytest.raises(UsageError, match=r"pip install 'genmark\[c2pa\]'") as caught:
        photos.sign(written(tmp_path / "a.png"), Path("chain.pem"), Path("key.pem"))
    assert caught.value.code == "missing_extra"


@pytest.mark.parametrize("algorithm", ["P-384", "P-521", "Ed25519", "RSA"])
def test_other_kinds_of_keys_sign_too(tmp_path: Path, keys: Path, algorithm: str) -> None:
    import c2pa
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

    make: dict[str, Any] = {
        "P-384": lambda: ec.generate_private_key(ec.SECP384R1()),
        "P-521": lambda: ec.generate_private_key(ec.SECP521R1()),
        "Ed25519": ed25519.Ed25519PrivateKey.generate,
        "RSA": lambda: rsa.generate_private_key(65537, 2048),
    }
    root, signer = ec.generate_private_key(ec.SECP256R1()), make[algorithm]()
    (tmp_path / "chain.pem").write_bytes(certificate("Signer", signer, root) + certificate("Root", root, root))
    (tmp_path / "key.pem").write_bytes(pem(signer))
    path = written(tmp_path / "a.jpg")
    photos.sign(path, tmp_path / "chain.pem", tmp_path / "key.pem")
    with c2pa.Reader(str(path)) as reader:
        assert reader.get_validation_state() == "Valid"
