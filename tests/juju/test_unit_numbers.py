"""Numbers of units: Juju gives none twice within a model."""

from __future__ import annotations

from tests.juju.worlds import juju, played


@played
async def test_an_application_deployed_anew_goes_on_counting() -> None:
    """After grafana/0 was removed with its application, the next unit of that name is grafana/1."""
    j = await juju()
    j.deploy("grafana")
    await j.settled("grafana/0")
    j.controller.remove_application(j.model, "grafana")
    await j.until(lambda: "grafana" not in j.model.applications)

    j.deploy("grafana")
    j.deploy("prometheus2")

    assert list(j.model.units) == ["grafana/1", "prometheus2/0"]
