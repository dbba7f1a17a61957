#!/usr/bin/env bash
# users: started as root, each process is a user of its own, and a release goes
# through all of them. Without root there is nothing to see.
# shellcheck source=../lib.sh
. "$SOURCE/tests/lib.sh"
# shellcheck source=engine.sh
. "$SOURCE/tests/e2e/engine.sh"
if [[ $(id -u) -ne 0 ]]; then echo "not root: skipped"; pass; exit; fi

# The hosts' repositories are the courier's here, the token is the signer's.
give() { chmod 711 "$WORLD"; chown -R nobody repos out; chown -R bin tokens; chmod 644 softhsm2.conf; }
eval "world_$(declare -f make_engine_file)"
make_engine_file() {
	world_make_engine_file
	echo 'users: {courier: nobody, judge: daemon, worker: games, signer: bin}' >> engine.yaml
	git config --global safe.directory '*'
	give
}
make_world
build 1.0.0
tag alice v1.0.0 release-signing ci/acme-app-1.0.0.zip
give
pass_of_engine
approve carol "$(request v1.0.0)"
give
pass_of_engine
for who in courier:nobody judge:daemon signer:bin; do
	want 0 grep -qE "process.sandboxed role=${who%:*} .*user=${who#*:}( |$)" engine.log
done
want 1 grep -q engine.root engine.log
want 0 test "$(state_of v1.0.0)" = completed
want 0 test -s out/acme-app/v1.0.0/acme-app-1.0.0.zip
want 0 test "$(stat -c '%U %a' state/signer)" = "bin 700"
want 0 test "$(stat -c '%U %a' state/judge)" = "daemon 755"
want 0 test "$(stat -c %U out/acme-app/v1.0.0/acme-app-1.0.0.zip)" = nobody
