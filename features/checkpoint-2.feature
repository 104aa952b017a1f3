@checkpoint-2
Feature: Checkpoint 2: a second Django server by Ansible, one database for both

  @id:three-machines-deployed @points:1
  Scenario: MAAS shows three deployed machines with their addresses
    Then MAAS shows the database host and both Django hosts deployed, each with an address

  @id:both-django-answer @points:2 @needs:three-machines-deployed
  Scenario: Both Django servers answer
    When I open the application and its admin on both Django hosts
    Then both Django hosts answer with the application and the admin's login page

  @id:database-shared @points:4 @needs:both-django-answer
  Scenario: Both Django servers share one database
    When I write a task with a random title through the second Django host
    Then the task was read through the first Django host and found in PostgreSQL on the database host
    And nothing of the task is left behind

  @id:second-django-by-ansible @points:2 @needs:three-machines-deployed
  Scenario: Ansible installed the second Django server
    Then the second Django host bears the marks of the playbook

  @id:second-django-starts-at-boot @points:1 @needs:three-machines-deployed
  Scenario: The second Django server is set up to start at boot
    Then the second Django host has an entry that starts Django at boot

  @id:explain-ansible @points:2 @manual
  Scenario: The group explains the difference between installing by hand and with Ansible
    Then a person grades the explanation
