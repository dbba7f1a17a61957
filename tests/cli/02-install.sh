#!/usr/bin/env bash
# install: a prefix gets all that belongs to the program, and man can read it.
. "$(dirname "$0")/../lib.sh"

want 0 cmake --install "$BUILD" --prefix "$WORLD/prefix"
want 0 "$WORLD/prefix/bin/tagseal" --version
while read -r name; do
	want 0 man --warnings -l "$WORLD/prefix/share/man/man1/tagseal-${name// /-}.1"
done < <("$TAGSEAL" print names)
for file in share/bash-completion/completions/tagseal share/zsh/site-functions/_tagseal \
    share/fish/vendor_completions.d/tagseal.fish lib/systemd/system/tagseal.service share/tagseal/schemas; do
	want 0 test -e "$WORLD/prefix/$file"
done
want 0 bash -n "$WORLD/prefix/share/bash-completion/completions/tagseal"
