#!/bin/sh
# Installs the application on this machine, as the user whose home it is in. Reboot afterwards: that starts it.
# The database must be reachable as settings.py says.
set -eu
cd "$(dirname "$0")"

# Django and the PostgreSQL driver come as packages and not from pip: a kit has no Python index to ask,
# and Debian 12 and Ubuntu 24.04 refuse pip outside a virtual environment. requirements.txt is for other systems.
sudo apt-get update
sudo DEBIAN_FRONTEND=noninteractive apt-get install -y cron python3-django python3-psycopg2

python3 manage.py migrate
DJANGO_SUPERUSER_USERNAME=cloud DJANGO_SUPERUSER_PASSWORD=cloud DJANGO_SUPERUSER_EMAIL=cloud@localhost \
    python3 manage.py ensure_superuser

start="@reboot cd $PWD && ./run.sh"
{ crontab -l 2>/dev/null | grep --invert-match --fixed-strings --line-regexp "$start" || true; echo "$start"; } | crontab -
echo "Installed. It starts at the next boot: sudo reboot"
