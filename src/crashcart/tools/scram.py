"""Proving a password to PostgreSQL without sending it: SCRAM-SHA-256 (RFC 7677) and the older md5 digest."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import unicodedata

_MOST_ITERATIONS = 1_000_000
"""A server that asks for more would only keep us busy."""


class Exchange:
    """One SCRAM conversation of a client."""

    def __init__(self, password: str) -> None:
        self._password = unicodedata.normalize("NFKC", password).encode()
        self._bare = f"n=,r={secrets.token_urlsafe(18)}"

    def first(self) -> bytes:
        """The client's first message."""
        return f"n,,{self._bare}".encode()

    def final(self, challenge: bytes) -> bytes:
        """The client's last message, the proof. Raises ValueError for a challenge that no server should send."""
        text = challenge.decode("ascii")
        nonce, salt, iterations = _fields(text)
        if not nonce.startswith(self._bare.removeprefix("n=,r=")) or not 0 < iterations <= _MOST_ITERATIONS:
            raise ValueError("the server's SCRAM challenge is not acceptable")
        salted = hashlib.pbkdf2_hmac("sha256", self._password, salt, iterations)
        unproven = f"c=biws,r={nonce}"
        key = _digest(salted, b"Client Key")
        signature = _digest(hashlib.sha256(key).digest(), f"{self._bare},{text},{unproven}".encode())
        proof = bytes(a ^ b for a, b in zip(key, signature, strict=True))
        return f"{unproven},p={base64.b64encode(proof).decode()}".encode()


def _fields(challenge: str) -> tuple[str, bytes, int]:
    found = {part[:2]: part[2:] for part in challenge.split(",")}
    try:
        return found["r="], base64.b64decode(found["s="]), int(found["i="])
    except KeyError:
        raise ValueError("the server's SCRAM challenge is incomplete") from None


def _digest(key: bytes, message: bytes) -> bytes:
    return hmac.new(key, message, "sha256").digest()


def md5(user: str, password: str, salt: bytes) -> bytes:
    """The answer to PostgreSQL's md5 challenge."""
    inner = hashlib.md5(password.encode() + user.encode(), usedforsecurity=False).hexdigest()
    return b"md5" + hashlib.md5(inner.encode() + salt, usedforsecurity=False).hexdigest().encode()
