@juju-controller
Feature: Juju's controller on MAAS

  @id:juju-cloud-known @points:1
  Scenario: Juju knows the kit's MAAS as a cloud
    Then Juju on main knows a cloud of type maas, and the controller is on it

  @id:juju-controller-on-maas @points:2
  Scenario: The controller is on a machine that MAAS deployed
    Then MAAS shows the controller's machine deployed

  @id:juju-controller-answers @points:2 @needs:juju-controller-on-maas
  Scenario: The controller answers, from that machine
    Then the controller answers "juju" on main and on its API
    And the controller says that it runs on the machine that MAAS shows

  @id:juju-model-exists @points:1 @needs:juju-controller-answers
  Scenario: The group's model exists
    Then the controller has the group's model
