"""Sentences about the Django servers: that they answer, share a database, and start by themselves."""

from __future__ import annotations

from pytest_bdd import parsers, then, when

from harness.judging.boot import judge_installed_by_ansible, judge_start_entry
from harness.judging.django import Trial, judge_after_reboot, judge_answers, judge_shared, judge_uses_database
from harness.judging.web import Answer
from harness.kit import Kit
from harness.observing import boot, disruption, django
from steps import hosts_of


@when(parsers.parse("I open the application and its admin on {words}"), target_fixture="pages")
def open_application(kit: Kit, words: str) -> dict[str, tuple[Answer, Answer]]:
    """Open the application's page and the admin's login page, directly."""
    return kit.for_each(hosts_of(kit, words).values(), lambda host: django.pages(kit, host))


@then("the first Django host answers with the application and the admin's login page")
@then("both Django hosts answer with the application and the admin's login page")
def application_answers(kit: Kit, pages: dict[str, tuple[Answer, Answer]]) -> None:
    """Fail unless each of them answered; look at the host for the cause only then."""
    settings = kit.description.django
    for host, (page, login) in pages.items():
        process = django.process(kit, host) if page.status is None else None
        kit.require(judge_answers(host, settings.port, settings.path, page, login, process))


@when("I write a task with a random title through the first Django host", target_fixture="trial")
def write_through_first(kit: Kit) -> Trial:
    """Write, look for it in PostgreSQL, remove."""
    return django.trial(kit, kit.django_host(0))


@when("I write a task with a random title through the second Django host", target_fixture="trial")
def write_through_second(kit: Kit) -> Trial:
    """Write through the second, look for it through the first and in PostgreSQL, remove."""
    return django.trial(kit, kit.django_host(1), readers=[kit.django_host(0)])


@then("the task was found in PostgreSQL on the database host")
def found_in_database(kit: Kit, trial: Trial) -> None:
    """Fail unless the database host has what was written."""
    kit.require(judge_uses_database(trial, kit.role("database")))


@then("the task was read through the first Django host and found in PostgreSQL on the database host")
def shared_database(kit: Kit, trial: Trial) -> None:
    """Fail unless the other server and the database host have what was written."""
    kit.require(judge_shared(trial, kit.role("database")))


@then("nothing of the task is left behind")
def nothing_left(kit: Kit, trial: Trial) -> None:
    """See to it that grading left no trace; if it did, that is our fault and not the group's."""
    django.require_no_leftovers(kit, trial)


@then(parsers.parse("{words} has an entry that starts Django at boot"))
def starts_at_boot(kit: Kit, words: str) -> None:
    """Fail unless something starts Django after a reboot."""
    for host in hosts_of(kit, words).values():
        kit.require(judge_start_entry(boot.start_entries(kit, host)))


@then("the second Django host bears the marks of the playbook")
def installed_by_ansible(kit: Kit) -> None:
    """Fail unless Ansible left its signs on the host."""
    kit.require(judge_installed_by_ansible(boot.installation(kit, kit.django_host(1))))


@when("the first Django host is rebooted")
def reboot_first_django(kit: Kit) -> None:
    """Reboot the machine and wait until it can be logged in to again."""
    disruption.reboot(kit, kit.django_host(0))


@then("the first Django host answers again with the application")
def answers_after_reboot(kit: Kit) -> None:
    """Fail when Django did not start by itself."""
    host = kit.django_host(0)
    kit.require(judge_after_reboot(host, disruption.answer_within(kit, host, timeout=60)))
