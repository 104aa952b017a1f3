@checkpoint-3
Feature: Checkpoint 3: NGINX shares the requests between the Django servers

  @id:four-machines-deployed @points:1
  Scenario: MAAS shows four deployed machines with their addresses
    Then MAAS shows the database host, both Django hosts and the proxy deployed, each with an address

  @id:messages-differ @points:1 @needs:four-machines-deployed
  Scenario: Each Django server has a message of its own
    When I open the group's path on each Django host directly
    Then the messages differ

  @id:proxy-answers @points:2 @needs:four-machines-deployed
  Scenario: The proxy answers the group's path
    When I open the group's path through the proxy
    Then NGINX on the proxy passes it on, and an answer comes back

  @id:proxy-shares-requests @points:3 @needs:proxy-answers @needs:messages-differ
  Scenario: The proxy shares many requests fairly between both Django servers
    When I open the group's path through the proxy many times
    Then each answer is one that a Django host gives directly, in fair shares and any order

  @id:proxy-uses-django-hosts @points:2 @needs:four-machines-deployed
  Scenario: NGINX passes requests to the two Django servers and nowhere else
    Then the configuration of NGINX on the proxy names exactly the Django hosts

  @id:django-sees-proxy @points:2 @needs:proxy-answers
  Scenario: Both Django servers are asked by the proxy
    When I open the group's path through the proxy many times
    Then both Django hosts saw connections from the proxy's address

  @id:proxy-survives-one-server @points:1 @disruptive @needs:proxy-shares-requests
  Scenario: The proxy still answers while one Django server is stopped
    When Django on the first Django host is stopped
    Then the proxy still answers the group's path
    And Django on the first Django host runs again as before
