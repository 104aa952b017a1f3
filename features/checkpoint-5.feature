@checkpoint-5
Feature: Checkpoint 5: WordPress keeps its content in MySQL, both deployed with Juju

  @id:wordpress-witnesses-agree @points:1 @needs:juju-model-exists
  Scenario: What "juju status" shows is what a second witness says
    Then "juju status" on main and the controller's API say the same

  @id:wordpress-applications-active @points:2 @needs:juju-model-exists
  Scenario: WordPress and MySQL are active
    Then WordPress and MySQL are active, and their agents are idle

  @id:wordpress-machines-deployed @points:1 @needs:juju-model-exists
  Scenario: WordPress and MySQL have machines that MAAS deployed
    Then MAAS shows the machines of WordPress and MySQL deployed, each application on its own

  @id:wordpress-related-with-mysql @points:2 @needs:juju-model-exists
  Scenario: WordPress and MySQL are related
    Then WordPress and MySQL are related on "db"

  @id:wordpress-exposed @points:1 @needs:wordpress-applications-active
  Scenario: WordPress is exposed
    Then Juju shows WordPress exposed

  @id:wordpress-answers @points:1 @needs:wordpress-applications-active
  Scenario: WordPress can be reached from outside the kit
    Then WordPress answers through the router's address

  @id:wordpress-installed @points:2 @needs:wordpress-answers
  Scenario: WordPress is installed
    Then WordPress does not ask to be installed, and its REST API works

  @id:wordpress-content-in-mysql @points:3 @needs:wordpress-related-with-mysql @needs:wordpress-installed
  Scenario: The content of WordPress is in the related database
    When I write a post into the related database, and remove it again
    Then WordPress showed that post

  @id:wordpress-dashboard-opens @points:1 @needs:wordpress-installed
  Scenario: The dashboard of WordPress opens
    Then the dashboard of WordPress opens after a login
