#!/usr/bin/env bash
# install: a prefix gets all that belongs to the program, and man can read it.
. "$(dirname "$0")/../lib.sh"

want 0 cmake --install "$BUILD" --prefix "$WORLD/prefix"
want 0 "$WORLD/prefix/bin/tagseal" --version
while read -r name; do
	want 0 man --warnings -l "$WORLD/prefix/share/man/man1/tagseal-${name// /-}.1"
done < <("$TAGSEAL" print names)
for file in share/bash-completion/completions/tagseal share/zsh/site-functions/_tagseal \
    share/fish/vendor_completions.d/tagseal.fish lib/systemd/system/tagseal.service share/tagseal/schemas \
    share/tagseal/hooks/guard.sh; do
	want 0 test -e "$WORLD/prefix/$file"
done
want 0 bash -n "$WORLD/prefix/share/bash-completion/completions/tagseal"

# ---- tagseal finds the others beside it, and says which one is missing
echo hello > notes.txt
want 3 "$WORLD/prefix/bin/tagseal" verify notes.txt
mv "$WORLD/prefix/libexec/tagseal/tagseal-worker" away
refuses PROCESS-START 5 "$WORLD/prefix/bin/tagseal" verify notes.txt
says "worker: cannot open the program 'tagseal-worker' beside this one: No such file"
mv away "$WORLD/prefix/libexec/tagseal/tagseal-worker"
mv "$WORLD/prefix/libexec/tagseal/tagseal-commands" away
refuses PROCESS-START 5 "$WORLD/prefix/bin/tagseal" version
says "cannot run the program 'tagseal-commands' beside this one"
want 3 "$WORLD/prefix/bin/tagseal" verify notes.txt
want 2 "$WORLD/prefix/libexec/tagseal/tagseal-worker"
says 'tagseal starts this program by itself'
