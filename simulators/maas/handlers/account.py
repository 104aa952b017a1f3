"""Users, their API keys and their SSH keys."""

from __future__ import annotations

import re
from dataclasses import replace

from simulators.maas.accounts import TOKENS_LIMIT
from simulators.maas.answer import DELETED, Answer, answer_from
from simulators.maas.call import Call
from simulators.maas.documents import user
from simulators.maas.models import Token, User
from simulators.maas.refusals import HTML, Refusal, forbidden, invalid, not_found
from simulators.maas.table import PREFIX, Handler

users = Handler("UsersHandler", "users/", "All users.")
user_handler = Handler("UserHandler", "users/{username}/", "One user.")
account = Handler("AccountHandler", "account/", "The caller's API keys.")
account_keys = Handler("SSHKeysHandler", "account/prefs/sshkeys/", "The caller's SSH keys.")
ssh_key = Handler("SSHKeyHandler", "account/prefs/sshkeys/{id}/", "One of the caller's SSH keys.")

USERS_LIMIT = 1_000
KEYS_LIMIT = 100
_USERNAME = re.compile(r"[\w.@+-]{1,150}\Z", re.ASCII)
_PUBLIC_KEY = re.compile(
    r"(ssh-(rsa|ed25519)|ecdsa-sha2-nistp\d+|sk-[\w@.-]+) [A-Za-z0-9+/=]{40,8000}( [^\r\n]{0,200})?\Z"
)


@users.on("GET")
def read_all(call: Call) -> object:
    """List users."""
    return [user(record) for record in sorted(call.region.users.values(), key=lambda record: record.username)]


@users.on("GET", "whoami")
def whoami(call: Call) -> object:
    """Say who calls."""
    return user(call.user)


@users.on("POST", admin=True)
def create(call: Call) -> object:
    """Add a user: username, email, password, is_superuser."""
    region, params = call.region, call.params
    username, email, password = (params.required(name) for name in ("username", "email", "password"))
    is_superuser = params.flag("is_superuser")
    if username in region.users:
        # MAAS 3.5 takes this path because it treats the database's refusal as a conflict of transactions.
        raise Refusal(409, "<h1>Conflict</h1>", HTML, {"Retry-After": "5"})
    if not _USERNAME.match(username):
        raise invalid("username", "Enter a valid username.")
    if len(region.users) >= USERS_LIMIT:
        raise Refusal(503, f"This simulator holds {USERS_LIMIT} users at most.")
    record = User(username, password, is_superuser, email[:254])
    region.users[username] = record
    region.changed()
    return user(record)


def _find_user(call: Call) -> User:
    record = call.region.users.get(call.path["username"])
    if record is None:
        raise not_found("User")
    return record


@user_handler.on("GET")
def read(call: Call) -> object:
    """Read a user."""
    return user(_find_user(call))


@user_handler.on("DELETE", admin=True)
def delete(call: Call) -> object:
    """Remove a user who owns nothing."""
    record = call.region.users.get(call.path["username"])
    if record is None:
        return DELETED
    if record is call.user:
        raise Refusal(400, "An administrator cannot delete the own account.")
    if any(machine.owner == record.username for machine in call.region.machines.values()):
        raise Refusal(400, f"User {record.username} cannot be deleted: the user still owns machines.")
    del call.region.users[record.username]
    for key in [key for key, session in call.region.sessions.items() if session.username == record.username]:
        del call.region.sessions[key]
    call.region.changed()
    return DELETED


@account.on("POST", "create_authorisation_token")
def create_authorisation_token(call: Call) -> object:
    """Make an API key (`name` says what for)."""
    if len(call.user.tokens) >= TOKENS_LIMIT:
        raise Refusal(503, f"This simulator holds {TOKENS_LIMIT} API keys of a user at most.")
    token = call.region.new_token(call.params.text("name")[:255] or "MAAS consumer")
    call.user.tokens.append(token)
    call.region.changed()
    return {
        "token_key": token.key,
        "token_secret": token.secret,
        "consumer_key": token.consumer,
        "name": token.name,
    }


@account.on("GET", "list_authorisation_tokens")
def list_authorisation_tokens(call: Call) -> object:
    """List the caller's API keys."""
    return [{"name": token.name, "token": token.api_key} for token in call.user.tokens]


def _find_token(call: Call, name: str) -> Token:
    """Return the caller's token by its key, or by a whole API key."""
    given = call.params.required(name)
    wanted = given.split(":")[1] if given.count(":") == 2 else given
    token = next((token for token in call.user.tokens if token.key == wanted), None)
    if token is None:
        raise not_found("Token")
    return token


@account.on("POST", "delete_authorisation_token")
def delete_authorisation_token(call: Call) -> object:
    """Revoke an API key (`token_key`)."""
    call.user.tokens.remove(_find_token(call, "token_key"))
    call.region.changed()
    return DELETED


@account.on("POST", "update_token_name")
def update_token_name(call: Call) -> object:
    """Rename an API key (`token`, `name`)."""
    token, name = _find_token(call, "token"), call.params.required("name")
    token.name = name[:255]
    call.region.changed()
    return Answer(200, b"Accepted", "text/plain")


def _key_document(number: int, key: str) -> dict[str, object]:
    return {
        "id": number,
        "key": key,
        "keysource": None,
        "resource_uri": f"{PREFIX}account/prefs/sshkeys/{number}/",
    }


@account_keys.on("GET")
def read_keys(call: Call) -> object:
    """List the caller's SSH keys."""
    return [_key_document(number, key) for number, key in call.user.ssh_keys.items()]


@account_keys.on("POST")
def create_key(call: Call) -> object:
    """Add a public SSH key (`key`); machines that are deployed afterwards trust it."""
    key = call.params.required("key")
    if not _PUBLIC_KEY.match(key):
        raise invalid("key", "Invalid SSH public key.")
    if key in call.user.ssh_keys.values():
        raise invalid("__all__", "This key has already been added for this user.")
    if len(call.user.ssh_keys) >= KEYS_LIMIT:
        raise Refusal(503, f"This simulator holds {KEYS_LIMIT} SSH keys of a user at most.")
    number = call.region.next_id("sshkey")
    call.user.ssh_keys[number] = key
    call.region.changed()
    return replace(answer_from(_key_document(number, key)), status=201)


def _find_key(call: Call) -> int:
    wanted = call.path["id"]
    if any(wanted == str(number) for other in call.region.users.values() for number in other.ssh_keys) and not any(
        wanted == str(number) for number in call.user.ssh_keys
    ):
        raise forbidden()
    number = next((number for number in call.user.ssh_keys if str(number) == wanted), None)
    if number is None:
        raise not_found("SSHKey")
    return number


@ssh_key.on("GET")
def read_key(call: Call) -> object:
    """Read an SSH key."""
    number = _find_key(call)
    return _key_document(number, call.user.ssh_keys[number])


@ssh_key.on("DELETE")
def delete_key(call: Call) -> object:
    """Remove an SSH key."""
    del call.user.ssh_keys[_find_key(call)]
    call.region.changed()
    return DELETED


account_keys.leaves_out("POST", "import")
