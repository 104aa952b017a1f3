"""The ten-minute paths of the pages: typed as a newcomer would, and what is printed compared with the page."""
