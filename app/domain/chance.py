"""Chance is a hash: as good as drawn, and the same for the same salt in every process."""

from hashlib import blake2b


def share(salt: str) -> float:
    """A number from 0 to below 1, uniform over salts."""
    return (int.from_bytes(blake2b(salt.encode(), digest_size=8).digest()) >> 11) / 2**53
