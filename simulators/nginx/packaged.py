"""What Debian 12's package of NGINX brings along: its configuration, its stock site and its first page."""

from __future__ import annotations

MAIN = """\
# NGINX as Debian's package sets it up.
user www-data;
worker_processes auto;
pid /run/nginx.pid;
error_log /var/log/nginx/error.log;
include /etc/nginx/modules-enabled/*.conf;

events {
	worker_connections 768;
}

http {
	sendfile on;
	tcp_nopush on;
	types_hash_max_size 2048;

	include /etc/nginx/mime.types;
	default_type application/octet-stream;

	ssl_protocols TLSv1 TLSv1.1 TLSv1.2 TLSv1.3;
	ssl_prefer_server_ciphers on;

	access_log /var/log/nginx/access.log;

	gzip on;

	# Sites
	include /etc/nginx/conf.d/*.conf;
	include /etc/nginx/sites-enabled/*;
}
"""

SITE = """\
# The stock site: shows that NGINX runs. Sites belong in sites-available, with a link in sites-enabled.
server {
	listen 80 default_server;
	listen [::]:80 default_server;

	root /var/www/html;
	index index.html index.htm index.nginx-debian.html;

	server_name _;

	location / {
		# First as a file, then as a folder, else 404.
		try_files $uri $uri/ =404;
	}
}
"""

TYPES = """\
types {
	text/html                        html htm shtml;
	text/css                         css;
	text/xml                         xml;
	text/plain                       txt;
	image/gif                        gif;
	image/jpeg                       jpeg jpg;
	image/png                        png;
	image/svg+xml                    svg svgz;
	image/webp                       webp;
	image/x-icon                     ico;
	font/woff                        woff;
	font/woff2                       woff2;
	application/javascript           js;
	application/json                 json;
	application/pdf                  pdf;
	application/zip                  zip;
	application/x-tar                tar;
	application/gzip                 gz;
	application/octet-stream         bin deb img iso;
	audio/mpeg                       mp3;
	video/mp4                        mp4;
}
"""

PROXY = """\
proxy_set_header Host $http_host;
proxy_set_header X-Real-IP $remote_addr;
proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
proxy_set_header X-Forwarded-Proto $scheme;
"""

PAGE = """\
<!DOCTYPE html>
<html>
<head><title>Welcome to nginx!</title></head>
<body>
<h1>Welcome to nginx!</h1>
<p>This is the first page of a web server that runs, and that nobody has given pages yet.</p>
</body>
</html>
"""

EMPTY_FOLDERS = (
    "/etc/nginx/conf.d",
    "/etc/nginx/modules-available",
    "/etc/nginx/modules-enabled",
    "/etc/nginx/snippets",
    "/var/lib/nginx",
    "/var/log/nginx",
)
"""Folders of the package that are empty at first."""

NOT_BROUGHT = frozenset(
    {
        "/etc/nginx/fastcgi.conf",
        "/etc/nginx/fastcgi_params",
        "/etc/nginx/koi-utf",
        "/etc/nginx/koi-win",
        "/etc/nginx/scgi_params",
        "/etc/nginx/snippets/fastcgi-php.conf",
        "/etc/nginx/snippets/snakeoil.conf",
        "/etc/nginx/uwsgi_params",
        "/etc/nginx/win-utf",
    }
)
"""Files of the package that nobody plays here: they are about other protocols, alphabets and TLS."""


def packaged() -> tuple[dict[str, str], dict[str, str]]:
    """Return what the package installs: files, text by absolute path, and symbolic links, target by path."""
    files = {
        "/etc/nginx/nginx.conf": MAIN,
        "/etc/nginx/mime.types": TYPES,
        "/etc/nginx/proxy_params": PROXY,
        "/etc/nginx/sites-available/default": SITE,
        "/usr/sbin/nginx": "",
        "/usr/share/nginx/html/index.html": PAGE,
        "/var/www/html/index.nginx-debian.html": PAGE,
    }
    links = {"/etc/nginx/sites-enabled/default": "/etc/nginx/sites-available/default"}
    return files, links
