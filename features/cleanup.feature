@cleanup
Feature: Clean-up: nothing of the lab is left, and every machine can be used again

  @id:no-controller-known @points:1
  Scenario: Juju on main knows no controller any more
    Then Juju on main knows no controller

  @id:no-machine-of-juju @points:1
  Scenario: No machine in MAAS belongs to Juju any more
    Then MAAS shows no machine that Juju owns

  @id:all-machines-ready @points:1
  Scenario: Every machine is Ready
    Then MAAS shows every machine Ready
