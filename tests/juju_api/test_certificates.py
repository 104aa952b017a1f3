"""Certificates that Juju's own client and strict verifiers accept."""

from __future__ import annotations

import asyncio
import ssl

import pytest
from cryptography import x509

from simulators.juju.certificates import make_server_certificate, new_authority
from simulators.juju.dialling import dial
from simulators.juju.errors import ControllerUnreachableError
from tests.juju_api.standing import CA_CERT, CHAIN, PASSWORD, Standing, played


def test_the_server_is_called_what_clients_expect() -> None:
    """The names of real controllers, and the addresses."""
    leaf = x509.load_pem_x509_certificate(CHAIN.encode())
    names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value

    assert {"juju-apiserver", "juju-mongodb", "localhost", "anything"} == set(names.get_values_for_type(x509.DNSName))
    assert {"172.16.0.21", "127.0.0.1"} == {str(each) for each in names.get_values_for_type(x509.IPAddress)}


def test_the_chain_ends_with_the_authority() -> None:
    """`juju login HOST:17070` finds it there."""
    assert CHAIN.endswith(CA_CERT)


def test_both_have_what_strict_verifiers_want() -> None:
    """Key identifiers; critical basic constraints and key usage: Python 3.13 asks for them."""
    for text, authority in ((CA_CERT, True), (CHAIN, False)):
        found = x509.load_pem_x509_certificate(text.encode()).extensions
        constraints = found.get_extension_for_class(x509.BasicConstraints)
        usage = found.get_extension_for_class(x509.KeyUsage)

        assert (constraints.critical, constraints.value.ca, usage.critical) == (True, authority, True)
        assert found.get_extension_for_class(x509.SubjectKeyIdentifier)
        assert found.get_extension_for_class(x509.AuthorityKeyIdentifier)


def test_a_strict_client_connects(served: Standing) -> None:
    """With the flags that Python 3.13 sets by itself, and the name that Juju's client asks for."""
    context = ssl.create_default_context(cadata=served.ca_cert)
    context.verify_flags |= ssl.VERIFY_X509_STRICT | ssl.VERIFY_X509_PARTIAL_CHAIN

    async def work() -> str | None:
        host, _, port = served.address.partition(":")
        _, writer = await asyncio.open_connection(host, int(port), ssl=context, server_hostname="juju-apiserver")
        found: ssl.SSLObject = writer.get_extra_info("ssl_object")
        version = found.version()
        writer.close()
        return version

    assert played(work) == "TLSv1.3"


def test_another_authority_is_not_trusted(served: Standing) -> None:
    """A controller that somebody else set up at the same address is not the one that is known."""
    stranger, _ = new_authority()

    async def work() -> None:
        await dial([served.address], ca_cert=stranger, user="admin", password=PASSWORD)

    with pytest.raises(ControllerUnreachableError, match="x509"):
        played(work)


def test_an_authority_of_another_kind_is_refused() -> None:
    """Text that is no certificate says so."""
    with pytest.raises(ValueError, match="PEM"):
        make_server_certificate("nothing", "nothing", [])
