"""The `keys` command, from first key to revoked key."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from app.db import keys as rows
from app.db.uow import Store, Tx
from app.domain.limits import KeyLimits
from tests.cli.command import environment, run


def test_a_key_is_issued_listed_rotated_and_revoked(tmp_path: Path) -> None:
    variables = environment(tmp_path)

    issued = run("keys", "issue", "--scope", "run", "--scope", "read", "backend", variables=variables)
    key_id, secret = issued.stdout.split()
    listed = run("keys", "list", variables=variables).stdout
    rotated = run("keys", "rotate", key_id, variables=variables)
    revoked = run("keys", "revoke", key_id, variables=variables)
    after = run("keys", "list", variables=variables).stdout

    assert issued.returncode == 0
    assert "backend" in listed
    assert secret not in listed
    assert rotated.stdout.split()[1] != secret
    assert revoked.returncode == 0
    assert [line.split()[3] for line in after.splitlines() if line.startswith(key_id)] == ["ended"]


def test_an_unknown_key_is_named_and_nothing_is_printed_on_standard_output(tmp_path: Path) -> None:
    revoked = run("keys", "revoke", "01a1fc90-b051-743a-a890-01fabdabe4d5", variables=environment(tmp_path))

    assert revoked.returncode == 1
    assert "does not exist" in revoked.stderr
    assert revoked.stdout == ""


def test_a_scope_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    issued = run("keys", "issue", "--scope", "root", "backend", variables=environment(tmp_path))

    assert issued.returncode == 2
    assert "'root' is not one of" in issued.stderr


def test_a_key_is_issued_with_limits_and_an_owner(tmp_path: Path) -> None:
    variables = environment(tmp_path)

    issued = run(
        "keys", "issue", "--scope", "run", "--requests-per-min", "5", "--owner", "ada", "x", variables=variables
    )
    wrong = run("keys", "issue", "--scope", "run", "--concurrent", "0", "x", variables=variables)

    with opened_store(variables) as tx:
        (key,) = rows.all_of(tx)
    assert issued.returncode == 0
    assert (key.limits, key.owner) == (KeyLimits(requests_per_min=5), "ada")
    assert (wrong.returncode, "--concurrent" in wrong.stderr) == (2, True)


@contextmanager
def opened_store(variables: Mapping[str, str]) -> Iterator[Tx]:
    """The command's store."""
    store = Store(variables["DATABASE_URL"])
    try:
        with store.read() as tx:
            yield tx
    finally:
        store.close()
