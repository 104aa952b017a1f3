@checkpoint-1
Feature: Checkpoint 1: Django installed by hand, its database on a machine of its own

  @id:two-machines-deployed @points:1
  Scenario: MAAS shows two deployed machines with their addresses
    Then MAAS shows the database host and the first Django host deployed, each with an address

  @id:database-accepts-network @points:2 @needs:two-machines-deployed
  Scenario: PostgreSQL accepts the machines of the kit
    Then PostgreSQL on the database host listens for the kit's network and lets its machines log in

  @id:database-has-application @points:1 @needs:database-accepts-network
  Scenario: PostgreSQL has the application's database and role
    Then PostgreSQL on the database host has the database "tasks" and the role "cloud"

  @id:first-django-answers @points:2 @needs:two-machines-deployed
  Scenario: The Django application answers on the first Django host
    When I open the application and its admin on the first Django host
    Then the first Django host answers with the application and the admin's login page

  @id:first-django-uses-database @points:3 @needs:first-django-answers @needs:database-has-application
  Scenario: Django keeps its data in PostgreSQL on the database host
    When I write a task with a random title through the first Django host
    Then the task was found in PostgreSQL on the database host
    And nothing of the task is left behind

  @id:first-django-starts-at-boot @points:1 @needs:two-machines-deployed
  Scenario: Django is set up to start at boot
    Then the first Django host has an entry that starts Django at boot

  @id:first-django-survives-reboot @points:1 @disruptive @needs:first-django-answers
  Scenario: Django answers again after a real reboot
    When the first Django host is rebooted
    Then the first Django host answers again with the application

  @id:explain-manual-installation @points:2 @manual
  Scenario: The group explains the installation of Django and of the database by hand
    Then a person grades the explanation
