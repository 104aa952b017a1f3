@juju-controller
Feature: Juju's controller on MAAS

  @id:juju-cloud-known @points:1
  Scenario: Juju knows the kit's MAAS as a cloud
    Then Juju on main knows a cloud of type maas, and the controller is on it

  @id:juju-controller-answers @points:2
  Scenario: The controller answers
    Then the controller answers "juju" on main and on its API

  @id:juju-controller-on-maas @points:2
  Scenario: The controller runs on a machine that MAAS deployed
    Then MAAS shows the controller's machine deployed
    And the controller says that it runs there

  @id:juju-model-exists @points:1 @needs:juju-controller-answers
  Scenario: The group's model exists
    Then the controller has the group's model
