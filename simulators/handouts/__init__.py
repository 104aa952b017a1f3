"""The handouts' command lines as data, and somebody who types them into a kit one by one."""
