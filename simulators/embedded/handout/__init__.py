"""What the handout has a group type on hosts of a kit: apt, Ansible, and what there is to fetch."""

from simulators.embedded.handout.installing import furnish

__all__ = ["furnish"]
