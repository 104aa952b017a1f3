"""The MAAS client: what it asks, what it makes of answers, and how it puts up with bad ones."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import Any

import pytest
import requests
from requests.auth import AuthBase
from responses import RequestsMock, matchers

from harness.errors import AccessRefused, KitError, UnexpectedAnswer, UsageError
from harness.http import Http
from harness.maas import PATIENCE, TRIES, MaasClient, Requester, User, Version, api_root
from harness.machines import PowerState, Status
from tests.harness.test_machines import machine_record

KEY = "consumer-key:token-key:very-secret"
API = "http://172.16.0.3:5240/MAAS/api/2.0/"


def test_the_kit_s_http_is_a_requester() -> None:
    """What carries requests into a kit fits (the type checker says so) and has a byte limit to give."""
    requester: type[Requester] = Http

    assert "limit" in inspect.signature(requester.request).parameters


class PlainHttp:
    """The Requester that plain requests would be."""

    def request(
        self,
        method: str,
        url: str,
        *,
        params: Sequence[tuple[str, str]] | None = None,
        auth: AuthBase | None = None,
        timeout: float = 20,
        limit: int = 0,
    ) -> requests.Response:
        """Send it, following no redirects."""
        return requests.request(
            method, url, params=list(params or ()), auth=auth, timeout=timeout, allow_redirects=False
        )


class FakeClock:
    """Time that passes only when somebody pauses."""

    def __init__(self) -> None:
        self.now = 0.0
        self.pauses: list[float] = []

    def __call__(self) -> float:
        """Return the time that has passed."""
        return self.now

    def pause(self, seconds: float) -> None:
        """Let time pass, and remember."""
        self.pauses.append(seconds)
        self.now += seconds


@pytest.fixture
def clock() -> FakeClock:
    """A clock at zero."""
    return FakeClock()


@pytest.fixture
def client(clock: FakeClock) -> MaasClient:
    """A client of the kit's MAAS with a good key."""
    return MaasClient(PlainHttp(), "http://172.16.0.3:5240/MAAS/", KEY, pause=clock.pause, clock=clock)


@pytest.fixture
def maas():
    """The kit's MAAS: answers what it was told, and refuses everything else."""
    with RequestsMock() as mock:
        yield mock


def test_named_machines_are_asked_for_with_a_filter(maas: RequestsMock, client: MaasClient) -> None:
    """One request, with the short name in the letter cases that kits use."""
    query = matchers.query_param_matcher({"hostname": ["server1", "Server1"]})
    maas.get(f"{API}machines/", json=[machine_record()], match=[query])

    found = client.machines(["server1.maas"])

    assert [m.hostname for m in found] == ["server1"]
    assert len(maas.calls) == 1


def test_what_the_filter_misses_is_looked_for_among_all(maas: RequestsMock, client: MaasClient) -> None:
    """MAAS' filter minds letter case; a strangely spelt host name is found all the same, a foreign one is left out."""
    maas.get(f"{API}machines/", json=[], match=[matchers.query_param_matcher({"hostname": ["server1", "Server1"]})])
    foreign = machine_record(system_id="aaaaaa", hostname="other", fqdn="other.maas")
    maas.get(
        f"{API}machines/",
        json=[foreign, machine_record(hostname="sErVeR1", fqdn="sErVeR1.maas")],
        match=[matchers.query_param_matcher({})],
    )

    assert [m.hostname for m in client.machines(["server1"])] == ["sErVeR1"]


def test_no_names_is_no_machines(client: MaasClient) -> None:
    """An empty choice asks nobody (no answer is registered, so a request would fail)."""
    assert client.machines([]) == ()


def test_the_key_signs_every_request(maas: RequestsMock, client: MaasClient) -> None:
    """OAuth PLAINTEXT with an empty consumer secret, as MAAS wants it."""
    maas.get(f"{API}users/", json={"username": "cloud", "is_superuser": True})

    user = client.whoami()

    assert user == User("cloud", is_superuser=True)
    signed = maas.calls[0].request.headers["Authorization"]
    text = signed.decode() if isinstance(signed, bytes) else signed
    assert text.startswith("OAuth ")
    assert 'oauth_signature_method="PLAINTEXT"' in text
    assert 'oauth_consumer_key="consumer-key"' in text
    assert 'oauth_token="token-key"' in text
    assert 'oauth_signature="%26very-secret"' in text


def test_version(maas: RequestsMock, client: MaasClient) -> None:
    """Version and capabilities."""
    maas.get(f"{API}version/", json={"version": "3.5.13", "subversion": "", "capabilities": ["authenticate-api"]})

    assert client.version() == Version("3.5.13", ("authenticate-api",))


def test_power(maas: RequestsMock, client: MaasClient) -> None:
    """Power is switched with POST and asked for with GET; a null body of power_off is no trouble."""
    path = f"{API}machines/8pchr3/"
    maas.post(path, json=machine_record(), match=[matchers.query_param_matcher({"op": "power_on"})])
    maas.post(path, body="null", match=[matchers.query_param_matcher({"op": "power_off"})])
    maas.get(path, json={"state": "off"}, match=[matchers.query_param_matcher({"op": "query_power_state"})])

    client.power_on("8pchr3")
    client.power_off("8pchr3")

    assert client.query_power_state("8pchr3") is PowerState.OFF


def test_one_machine(maas: RequestsMock, client: MaasClient) -> None:
    """A machine is read anew by its id."""
    maas.get(f"{API}machines/8pchr3/", json=machine_record(status=9, status_name="Deploying"))

    assert client.machine("8pchr3").status is Status.DEPLOYING


@pytest.mark.parametrize("system_id", ["", "../users", "8pchr3/", "a?op=x", "a" * 65, "é"])
def test_an_id_never_becomes_another_address(client: MaasClient, system_id: str) -> None:
    """Ids come from the kit; only letters and digits go into a path (no answer is registered)."""
    with pytest.raises(UnexpectedAnswer, match="system id"):
        client.power_off(system_id)


def test_a_busy_maas_is_waited_for(maas: RequestsMock, client: MaasClient, clock: FakeClock) -> None:
    """503 with Retry-After, then fine."""
    maas.get(f"{API}machines/", status=503, headers={"Retry-After": "7"}, body="busy")
    maas.get(f"{API}machines/", json=[machine_record()])

    assert len(client.machines()) == 1
    assert clock.pauses == [7]


def test_patience_is_bounded_in_tries(maas: RequestsMock, client: MaasClient, clock: FakeClock) -> None:
    """503 for ever, with short waits: a bounded number of requests."""
    maas.get(f"{API}machines/", status=503, headers={"Retry-After": "1"})

    with pytest.raises(UnexpectedAnswer, match="too busy"):
        client.machines()

    assert len(maas.calls) == TRIES
    assert clock.pauses == [1] * (TRIES - 1)


def test_patience_is_bounded_in_seconds(maas: RequestsMock, client: MaasClient, clock: FakeClock) -> None:
    """503 for ever, with MAAS' own 10 seconds: not longer than our patience."""
    maas.get(f"{API}machines/", status=503, headers={"Retry-After": "10"})

    with pytest.raises(UnexpectedAnswer, match="too busy"):
        client.machines()

    assert clock.now == PATIENCE
    assert len(maas.calls) == 3


@pytest.mark.parametrize("asked", ["3600", "-1", "soon", "1e9", "٣", ""])
def test_unreasonable_waits_are_declined(maas: RequestsMock, client: MaasClient, clock: FakeClock, asked: str) -> None:
    """An hour, or nonsense: no waiting at all."""
    maas.get(f"{API}machines/", status=503, headers={"Retry-After": asked})

    with pytest.raises(UnexpectedAnswer, match="too busy"):
        client.machines()

    assert clock.pauses == []


def test_a_conflict_is_not_retried(maas: RequestsMock, client: MaasClient, clock: FakeClock) -> None:
    """Only 503 means "come back": a 409 with Retry-After is an answer."""
    maas.post(f"{API}machines/8pchr3/", status=409, headers={"Retry-After": "5"}, body="Can't start node: not owned")

    with pytest.raises(UnexpectedAnswer, match=r"409, saying \"Can't start node: not owned\""):
        client.power_on("8pchr3")

    assert clock.pauses == []


def test_a_refused_key_is_said_without_showing_any(maas: RequestsMock, client: MaasClient) -> None:
    """MAAS 3.5 puts the expected secret into the body of a 401: it must not come through."""
    body = "Authorization Error: 'Invalid signature. Expected signature base string: %26very-secret'"
    maas.get(f"{API}machines/", status=401, body=body)

    with pytest.raises(AccessRefused, match="refused the API key") as caught:
        client.machines()

    shown = f"{caught.value} {caught.value.help} {caught.value!r}"
    assert "sudo maas apikey" in caught.value.help
    assert all(part not in shown for part in KEY.split(":"))


@pytest.mark.parametrize(
    ("status", "body", "says"),
    [
        (302, "", "302"),
        (403, "", "403; expected 200"),
        (404, "Unknown API endpoint: /x.", "404, saying 'Unknown API endpoint: /x.'"),
        (500, "boom\nTraceback: secret things", "500, saying 'boom'"),
        (504, "\x1b[31mred", r"504, saying '\x1b[31mred'"),
    ],
)
def test_refusals_are_what_we_could_not_tell(
    maas: RequestsMock, client: MaasClient, status: int, body: str, says: str
) -> None:
    """Other error statuses become an UnexpectedAnswer with the first line of the body, made harmless."""
    maas.get(f"{API}machines/", status=status, body=body)

    with pytest.raises(UnexpectedAnswer) as caught:
        client.machines()

    assert says in str(caught.value)
    assert caught.value.help


def test_an_html_error_page_is_not_quoted(maas: RequestsMock, client: MaasClient) -> None:
    """Nobody reads markup in a message."""
    maas.get(f"{API}machines/", status=502, body="<html><h1>Bad gateway", content_type="text/html")

    with pytest.raises(UnexpectedAnswer, match=r"^MAAS answered machines/ with 502; expected 200$"):
        client.machines()


@pytest.mark.parametrize(
    ("body", "content_type", "says"),
    [
        (b"<html>login</html>", "text/html; charset=utf-8", "not JSON"),
        (b"[{", "application/json", "not JSON"),
        (b"\xff\xfe", "application/json", "not JSON"),
        (b"[" * 100_000, "application/json", "not JSON"),
        (b"1" * 10_000, "application/json", "not JSON"),
        (b"null", "application/json", "should be a list, and is null"),
        (b"{}", "application/json", "should be a list, and is dict"),
        (b"[17]", "application/json", "machines/ [0] should be an object, and is int"),
    ],
)
def test_garbage_is_not_believed(
    maas: RequestsMock, client: MaasClient, body: bytes, content_type: str, says: str
) -> None:
    """Whatever is not MAAS' kind of answer is named, and never a crash."""
    maas.get(f"{API}machines/", body=body, content_type=content_type)

    with pytest.raises(UnexpectedAnswer) as caught:
        client.machines()

    assert says in str(caught.value)


def ask_power(client: MaasClient) -> object:
    """Ask for a machine's power state."""
    return client.query_power_state("a")


MALFORMED: list[tuple[Callable[[MaasClient], object], str, object]] = [
    (MaasClient.version, "version/", {"version": 3, "capabilities": []}),
    (MaasClient.version, "version/", {"version": "3"}),
    (MaasClient.whoami, "users/", {"username": "cloud", "is_superuser": "yes"}),
    (ask_power, "machines/a/", {"state": "sideways"}),
    (ask_power, "machines/a/", []),
]


@pytest.mark.parametrize(("ask", "path", "answer"), MALFORMED)
def test_other_answers_are_read_as_warily(
    maas: RequestsMock, client: MaasClient, ask: Callable[[MaasClient], object], path: str, answer: Any
) -> None:
    """Not only machines may be malformed."""
    maas.get(API + path, json=answer)

    with pytest.raises(KitError):
        ask(client)


@pytest.mark.parametrize(
    "url",
    [
        "http://172.16.0.3:5240/MAAS/",
        "http://172.16.0.3:5240/MAAS",
        " http://172.16.0.3:5240/MAAS//\n",
        "http://172.16.0.3:5240/MAAS/api/2.0/",
        "http://172.16.0.3:5240/MAAS/api/2.0",
        "http://172.16.0.3:5240/MAAS/r/",
        "http://172.16.0.3:5240/MAAS/r/machines",
        "http://172.16.0.3:5240/MAAS/r/machine/8pchr3/summary",
        "http://172.16.0.3:5240/MAAS/l/machines",
    ],
)
def test_the_address_is_taken_as_people_copy_it(url: str) -> None:
    """With or without slash, the API's address, the dashboard's."""
    assert api_root(url) == API


def test_a_maas_behind_a_path_of_its_own() -> None:
    """Only the known endings are cut off."""
    assert api_root("https://maas.example/r2/MAAS") == "https://maas.example/r2/MAAS/api/2.0/"


@pytest.mark.parametrize("url", ["", "172.16.0.3", "ftp://x/MAAS", "http://", "http://[::1/MAAS", "http://x:99999/"])
def test_what_is_no_address_is_refused(url: str) -> None:
    """One line that names the key."""
    with pytest.raises(UsageError, match=r"^maas\.url: expected"):
        api_root(url)


@pytest.mark.parametrize("key", ["", "abcdef", "abc:def", "abc:def:", "a:b:c:d", "abc:de f:ghi"])
def test_a_malformed_key_is_refused_and_not_shown(key: str) -> None:
    """The message names the form of a key, and does not repeat what was given."""
    with pytest.raises(UsageError, match=r"^maas\.api_key: expected consumer:token:secret") as caught:
        MaasClient(PlainHttp(), "http://172.16.0.3:5240/MAAS/", key)

    assert not key or key not in str(caught.value)
