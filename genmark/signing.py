"""C2PA content credentials: a signed statement inside a picture file of how it was made.

C2PA 2.2; needs the `c2pa` extra and the signer's own certificate. Whatever saves the file again removes the signature,
so sign last.
"""

from __future__ import annotations

import importlib
import os
from pathlib import Path
from types import ModuleType
from typing import Any

from genmark import files
from genmark.errors import UsageError, WriteError
from genmark.marking import SOURCE_TYPE

_TYPES = {".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".png": "image/png", ".webp": "image/webp"}
_SETTINGS = {"builder": {"thumbnail": {"enabled": False}}}  # a thumbnail adds up to 3 MB and 0.2 s to each file


def sign(path: str | os.PathLike[str], certificate: Path, private_key: Path) -> None:
    """Sign a JPEG, PNG or WebP file in place, atomically, as a composite with AI-generated parts.

    certificate: PEM chain, the signer's first. private_key: its PEM key without a password; the signature algorithm
    follows from it (ES256/384/512, Ed25519, PS256). Works offline: no time-stamp authority is asked.

    Raises UsageError where the extra is missing (code "missing_extra"), the suffix is another, or certificate and key
    cannot be used; PhotoError where the picture cannot be read; WriteError where it cannot be written.
    """
    c2pa = _extra("c2pa")
    media_type = _TYPES.get(Path(path).suffix.lower())
    if media_type is None:
        raise UsageError(f"{Path(path).name} cannot be signed; only {', '.join(_TYPES)} files can")
    chain, key = (_pem(file) for file in (certificate, private_key))
    algorithm = _algorithm(key, private_key)
    files.read_bytes(path)
    with files.atomically(path) as draft:
        try:
            _sign(c2pa, Path(path), draft, media_type, c2pa.C2paSignerInfo(algorithm, chain, key, None))
        except c2pa.C2paError.Io as error:
            raise WriteError(f"{Path(path).name} cannot be signed ({error})") from error
        except c2pa.C2paError as error:
            raise UsageError(
                f"{Path(path).name} cannot be signed ({error}); check that {certificate.name} is a chain for signing "
                f"content and that {private_key.name} belongs to it"
            ) from error


def _sign(c2pa: ModuleType, source: Path, target: Path, media_type: str, info: Any) -> None:
    with (
        c2pa.Context(settings=c2pa.Settings.from_dict(_SETTINGS)) as context,
        c2pa.Signer.from_info(info) as signer,
        c2pa.Builder(_manifest(source.name), context=context) as builder,
        source.open("rb") as reading,
        target.open("w+b") as writing,
    ):
        builder.sign(signer, media_type, reading, writing)


def _manifest(title: str) -> dict[str, Any]:
    """C2PA 2.2, section 18.15: how the picture came to be, with IPTC's source type."""
    action = {"action": "c2pa.created", "digitalSourceType": SOURCE_TYPE}
    return {
        "title": title,
        "claim_generator_info": [{"name": "genmark"}],
        "assertions": [{"label": "c2pa.actions.v2", "data": {"actions": [action]}}],
    }


def _extra(module: str) -> ModuleType:
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise UsageError("signing needs an extra: pip install 'genmark[c2pa]'", "missing_extra") from error


def _pem(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise UsageError(f"{path.name} cannot be read ({error.strerror}); name a PEM file") from error


def _algorithm(key: bytes, path: Path) -> str:
    """C2PA's name of the signature algorithm that a private key is for (C2PA 2.2, section 13.2.1)."""
    serialization = _extra("cryptography.hazmat.primitives.serialization")
    try:
        loaded = serialization.load_pem_private_key(key, password=None)
    except (ValueError, TypeError) as error:  # TypeError: the key has a password
        raise UsageError(f"{path.name} is no private key in PEM without a password") from error
    curve = getattr(getattr(loaded, "curve", None), "name", type(loaded).__name__)
    names = {"secp256r1": "es256", "secp384r1": "es384", "secp521r1": "es512"}
    return names.get(curve) or {"Ed": "ed25519", "RS": "ps256"}.get(curve[:2], "es256")
