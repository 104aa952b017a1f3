@checkpoint-4
Feature: Checkpoint 4: Grafana shows what Prometheus measures, both deployed with Juju

  @id:juju-witnesses-agree @points:1 @needs:juju-model-exists
  Scenario: What "juju status" shows is what a second witness says
    Then "juju status" on main and the controller's API say the same

  @id:juju-applications-active @points:2 @needs:juju-model-exists
  Scenario: Grafana and Prometheus are active
    Then Grafana and Prometheus are active, and their agents are idle

  @id:juju-machines-deployed @points:1 @needs:juju-model-exists
  Scenario: Grafana and Prometheus have machines that MAAS deployed
    Then MAAS shows the machines of Grafana and Prometheus deployed, each application on its own

  @id:juju-applications-integrated @points:2 @needs:juju-applications-active
  Scenario: Grafana and Prometheus are integrated
    Then Grafana and Prometheus are integrated on "grafana-source"

  @id:grafana-has-prometheus @points:2 @needs:juju-applications-active
  Scenario: Juju gave Grafana the Prometheus unit as a data source
    Then Grafana has a healthy data source that Juju made and that points at the Prometheus unit

  @id:grafana-queries-prometheus @points:3 @needs:juju-applications-integrated
  Scenario: Grafana gets live data from that Prometheus
    When I ask Prometheus about itself, through Grafana and directly
    Then the answers are live and come from the same Prometheus

  @id:grafana-dashboard-shows-data @points:2 @needs:juju-applications-integrated
  Scenario: A dashboard shows data of Prometheus
    Then a dashboard has a panel with a query to Prometheus that returns data

  @id:grafana-from-outside @points:1 @needs:juju-applications-active
  Scenario: Grafana can be reached from outside the kit
    Then Grafana's login page answers through the router's address
