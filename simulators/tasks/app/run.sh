#!/bin/sh
# Serves the application on port 8080 of every address.
exec python3 manage.py runserver 0:8080
