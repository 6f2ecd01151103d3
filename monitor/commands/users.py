"""`livewatch users`: people who sign in at the console, their sessions and tokens.

It works on the database itself, also while a monitor uses it: whoever may read the data directory
needs no sign-in.
"""

from __future__ import annotations

import getpass
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from monitor.commands.answer import answer, print_json
from monitor.commands.exits import Exit
from monitor.commands.readable import minute, printable
from monitor.errors import ConfigError, MigrationError, StoreUnreachable

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from monitor.access.service import Access

__all__ = [
    "Place",
    "add",
    "change_password",
    "change_role",
    "change_territories",
    "list_journal",
    "list_sessions",
    "list_users",
    "lock",
    "make_token",
    "revoke",
]

#: Longest password file that is read, bytes.
FILE_BYTES = 4_096


class Place(msgspec.Struct, frozen=True):
    """Where the people are: a data directory, or the database of the configuration."""

    data: Path | None
    config: Path | None


def add(
    place: Place, name: str, role: str, password_file: Path | None, *, generate: bool,
    as_json: bool = False,
    territories: Sequence[str] = (),
) -> Exit:  # fmt: skip
    """Makes a user."""

    def work(access: Access) -> Exit:
        password = _password(name, password_file, generate=generate)
        user = access.add(name, role, password, by=_operator(), territories=territories)
        made = password if generate else None
        says = f"{user.name} may sign in as {user.role}{_bound(user.territories)}"
        _answer(user.name, says, made, as_json=as_json)
        return Exit.DONE

    return _run("add", place, work)


def change_role(place: Place, name: str, role: str, *, as_json: bool = False) -> Exit:
    """Gives somebody another role."""

    def work(access: Access) -> Exit:
        access.change_role(name, role, by=_operator())
        _answer(name, f"{name} is {role} now; his sessions have ended", as_json=as_json)
        return Exit.DONE

    return _run("role", place, work)


def change_territories(
    place: Place, name: str, territories: Sequence[str], *, as_json: bool = False
) -> Exit:
    """Binds somebody to territories, or to none."""

    def work(access: Access) -> Exit:
        access.change_territories(name, territories, by=_operator())
        where = _bound(access.find(name).territories) or ", everywhere"
        says = f"{name} is shown alerts{where}; his sessions have ended"
        _answer(name, says, as_json=as_json)
        return Exit.DONE

    return _run("territories", place, work)


def change_password(
    place: Place, name: str, password_file: Path | None, *, generate: bool, as_json: bool = False
) -> Exit:
    """Gives somebody another password."""

    def work(access: Access) -> Exit:
        known = access.find(name).name
        password = _password(known, password_file, generate=generate)
        access.change_password(known, password, by=_operator())
        made = password if generate else None
        says = f"{known} has another password; his sessions have ended"
        _answer(known, says, made, as_json=as_json)
        return Exit.DONE

    return _run("password", place, work)


def lock(place: Place, name: str, *, locked: bool, as_json: bool = False) -> Exit:
    """Lets somebody in no more, or again."""

    def work(access: Access) -> Exit:
        if locked:
            access.lock(name, by=_operator())
        else:
            access.unlock(name, by=_operator())
        says = f"{name} is locked" if locked else f"{name} may sign in again"
        _answer(name, says, as_json=as_json)
        return Exit.DONE

    return _run("lock" if locked else "unlock", place, work)


def list_users(place: Place, *, as_json: bool) -> Exit:
    """Prints everybody."""

    def work(access: Access) -> Exit:
        found = access.users()
        if as_json:
            print_json([user.shown() for user in found])
            return Exit.DONE
        for user in found:
            last = f"last sign-in {minute(user.seen_at)}" if user.seen_at else "never signed in"
            print(
                f"{user.name:<20} {user.role:<12} {'locked  ' if user.locked else ''}{last}{_bound(user.territories)}"
            )
        if not found:
            print("nobody: whoever reaches the console may do all", file=sys.stderr)
        return Exit.DONE

    return _run("list", place, work)


def list_sessions(place: Place, name: str | None, *, as_json: bool) -> Exit:
    """Prints sessions and tokens that hold."""

    def work(access: Access) -> Exit:
        person = access.find(name).name if name is not None else None
        sessions, tokens = access.sessions(person), access.tokens(person)
        if as_json:
            print_json(
                {
                    "sessions": [_without_digest(each) for each in sessions],
                    "tokens": [_without_digest(each) for each in tokens],
                }
            )
            return Exit.DONE
        for one in sessions:
            print(
                printable(
                    f"session {one.id}  {one.person}  {one.address}  since {minute(one.began_at)},"
                    f" last act {minute(one.seen_at)}  {one.agent}"
                )
            )
        for token in tokens:
            used = f"last used {minute(token.used_at)}" if token.used_at else "not used"
            print(
                printable(
                    f"token {token.id}  {token.person}  {token.scopes}  until"
                    f" {minute(token.expires_at)}, {used}{_bound(token.territories)}  {token.label}"
                )
            )
        return Exit.DONE

    return _run("sessions", place, work)


def make_token(
    place: Place, name: str, label: str, scopes: Sequence[str], days: int, *, as_json: bool = False,
    territories: Sequence[str] = (),
) -> Exit:  # fmt: skip
    """Makes a token and prints it, once."""

    def work(access: Access) -> Exit:
        text, token = access.make_token(
            name, label, scopes, days, by=_operator(), territories=territories
        )
        if not as_json:
            until = f"until {minute(token.expires_at)}{_bound(token.territories)}"
            print(f"token {token.id} of {token.person}, {until}", file=sys.stderr)
        answer({**_without_digest(token), "token": text}, text, as_json=as_json)
        return Exit.DONE

    return _run("token", place, work)


def revoke(
    place: Place, name: str, session: str | None, token: str | None, *, as_json: bool = False
) -> Exit:
    """Ends sessions or a token of somebody."""

    def work(access: Access) -> Exit:
        known = access.find(name).name
        if token is not None:
            done = int(access.revoke_token(token, by=_operator(), person=known))
            answer({"tokens": done}, f"{done} tokens revoked", as_json=as_json)
        else:
            done = access.revoke_sessions(known, by=_operator(), session=session)
            answer({"sessions": done}, f"{done} sessions ended", as_json=as_json)
        return Exit.DONE if done or (session is None and token is None) else Exit.CHECK_FAILED

    return _run("revoke", place, work)


def list_journal(place: Place, limit: int, *, as_json: bool) -> Exit:
    """Prints who signed in or tried to, and checks the chain of it."""

    def work(access: Access) -> Exit:
        found, broken = access.journal(limit), access.verify_journal()
        if as_json:
            print_json(found)
        else:
            for entry in found:
                by = f" by {entry.by_whom}" if entry.by_whom else ""
                where = f" from {entry.address}" if entry.address else ""
                print(
                    printable(
                        f"{minute(entry.at)}  {entry.act:<16} {entry.person or '(no such person)'}"
                        f"{by}{where}  {entry.detail}".rstrip()
                    )
                )
        if broken is not None:
            _say("journal", f"entry {broken} was changed, or one before it was taken out")
        return Exit.DONE if broken is None else Exit.CHECK_FAILED

    return _run("journal", place, work)


def _password(name: str, file: Path | None, *, generate: bool) -> str:
    """From a file, made here, or asked for twice; never from the command line.

    Raises:
        ConfigError: the file cannot be read.
        BadPassword: it may not be one.
    """
    from monitor.access import passwords

    if generate:
        return passwords.generated()
    if file is not None:
        try:
            with file.open("rb") as opened:
                password = opened.read(FILE_BYTES).decode("utf-8").rstrip("\r\n")
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "no text"
            raise ConfigError(f"--password-file: cannot read {file}: {reason}") from error
    elif sys.stdin.isatty():
        password = getpass.getpass(f"password of {name}: ")
        if password != getpass.getpass("once more: "):
            raise ConfigError("the password is not the same twice")
    else:
        raise ConfigError(
            "there is no terminal to ask for the password: name --password-file, or --generate"
        )
    weak = passwords.weakness(password, name)
    if weak is not None:
        raise passwords.BadPassword(weak)
    return password


def _run(command: str, place: Place, work: Callable[[Access], Exit]) -> Exit:
    from monitor.access.passwords import BadPassword
    from monitor.access.service import Access
    from monitor.access.users import UserRefused
    from monitor.commands.db import open_store
    from monitor.config import load_config
    from monitor.pipeline.worker import wall_clock_ms
    from monitor.store.permissions import make_folder

    try:
        settings = load_config(place.config, os.environ)
        if place.data is None and settings.store.url is None:
            _say(command, "name the data directory with --data DIR")
            return Exit.USAGE
        if place.data is not None and settings.store.url is None:
            make_folder(place.data)
        store = open_store(settings, place.data if place.data is not None else Path())
        try:
            return work(Access(store.database, settings.sign_in, wall_clock_ms))
        finally:
            store.close()
    except (BadPassword, UserRefused) as error:
        _say(command, str(error))
        return Exit.CHECK_FAILED
    except OSError as error:
        _say(command, f"{error.filename}: {error.strerror}")
        return Exit.UNREACHABLE
    except ConfigError as error:
        _say(command, str(error))
        return Exit.CONFIGURATION
    except (StoreUnreachable, MigrationError) as error:
        _say(command, str(error))
        return Exit.UNREACHABLE


def _operator() -> str:
    """Whoever has this machine's command line, for the journal."""
    try:
        return f"command line ({getpass.getuser()})"
    except (KeyError, OSError):
        return "command line"


def _bound(territories: str) -> str:
    return f", in {territories}" if territories else ""


def _without_digest(each: msgspec.Struct) -> dict[str, object]:
    return {key: value for key, value in msgspec.structs.asdict(each).items() if key != "digest"}


def _answer(name: str, says: str, password: str | None = None, *, as_json: bool) -> None:
    """What was done with somebody, and the password that was made, once."""
    shown = {} if password is None else {"password": password}
    lines = [says, *(f"password: {made}" for made in shown.values())]
    answer({"name": name, "done": says, **shown}, *lines, as_json=as_json)


def _say(command: str, text: str) -> None:
    print(f"livewatch users {command}: {text}", file=sys.stderr)
