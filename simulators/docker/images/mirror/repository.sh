#!/bin/sh
# The application's git repository, always with the same commit id, laid out for plain HTTP; and its raw files.
set -eu
export GIT_AUTHOR_NAME="Kitcheck" GIT_AUTHOR_EMAIL="kitcheck@localhost" GIT_AUTHOR_DATE="2023-02-06T12:00:00Z"
export GIT_COMMITTER_NAME="$GIT_AUTHOR_NAME" GIT_COMMITTER_EMAIL="$GIT_AUTHOR_EMAIL" GIT_COMMITTER_DATE="$GIT_AUTHOR_DATE"

cd /app
git init --quiet --initial-branch=master
git add --all
git commit --quiet --message "A task list for the lab"

mkdir -p /srv/github.com/raulikeda /srv/raw.githubusercontent.com/raulikeda/tasks
git clone --quiet --bare /app /srv/github.com/raulikeda/tasks.git
git -C /srv/github.com/raulikeda/tasks.git update-server-info
rm -rf /app/.git
cp -r /app /srv/raw.githubusercontent.com/raulikeda/tasks/master
