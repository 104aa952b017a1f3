"""Programs that groups put before Juju's, so that it says what they want."""

from __future__ import annotations

FORGED_MODELS = """\
#!/bin/sh
if [ "$1" = models ]; then
cat <<'END'
{"models": [
  {"name": "admin/controller", "short-name": "controller"},
  {"name": "admin/openstack", "short-name": "openstack"}
]}
END
else
exec /snap/bin/juju "$@"
fi
"""
FORGED = """\
#!/bin/sh
if [ "$1" = status ]; then
cat <<'END'
@status@
END
else
exec /snap/bin/juju "$@"
fi
"""
