"""What happens by itself under a controller: machines are provisioned, agents live, charms run, and things end."""
