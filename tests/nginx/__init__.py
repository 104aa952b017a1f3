"""Tests of the NGINX stand-in. What they expect was compared with nginx 1.22.1 of Debian 12, which they do not need."""
