#!/usr/bin/env bash
# quickstart: works, works a second time, keeps its world only when asked to.
. "$(dirname "$0")/../lib.sh"

for round in 1 2; do
	want 0 "$SOURCE/sample-config-repo/quickstart"
	says "osslsigncode: plugins/bin/answer.dll"
	says 'git verify-tag: Good "git" signature for alice'
	says "REF-PROJECT"
	says "1 more of: carol, dave"
	says_not $'\e'
done
want 0 "$SOURCE/sample-config-repo/quickstart" --keep
kept=${out##*kept in }
want 0 test -f "$kept/acme-app-1.2.3-signed.zip"
case $kept in /tmp/tagseal-quickstart-*) rm -rf "$kept" ;; esac
want 0 "$SOURCE/sample-config-repo/quickstart" --help
want 2 "$SOURCE/sample-config-repo/quickstart" --nonsense
