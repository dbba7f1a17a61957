#!/usr/bin/env bash
# mirrors - the config repo at two hosts: one is behind, one forks, one is
# away; what was refused is sealed; and what was accepted stays so when the
# engine has lost its copies.
# shellcheck source=../lib.sh
. "$SOURCE/tests/lib.sh"
# shellcheck source=engine.sh
. "$SOURCE/tests/e2e/engine.sh"
# shellcheck source=attacks.sh
. "$SOURCE/tests/e2e/attacks.sh"

make_place
git clone -q --bare repos/config.git repos/other.git
make_engine_file
sed -i "s@^  urls: .*@  urls: [\"$WORLD/repos/config.git\", \"$WORLD/repos/other.git\"]@" engine.yaml
want 0 engine --begin
by carol config remote add other "$WORLD/repos/other.git"

in_force() { look; asked -s '[.[] | select(.type == "config.accepted") | .commit_id] | last'; }
change() { sed -i "s/^description: .*/description: $1/" config/projects/acme-app/policies/release-signing.yaml; }
# made WORD: a change by two, in the clone alone; its id is in $made.
made() { change "$1" && by carol config commit -q -S -a -m "$1" && endorsed; }
endorsed() {
	made=$(git -C config rev-parse HEAD)
	by dave config tag -s -m "Endorse"$'\n\n'"commit: $made"$'\n'"manifest-sha256: $(manifest_of config HEAD |
	    sha256sum | cut -d' ' -f1)" "endorse/dave-${made:0:8}"
}
# to HOST: the clone's head and tags.
to() { by carol config push -q -f "$1" HEAD:main 'refs/tags/*:refs/tags/*'; }
follows() { pass_of_engine; want_same "$1" "$(in_force)" 'in force is'; }
raised() { counts "$1" alarm.raised ".severity == \"$2\" and .code == \"$3\""; }

follows "$(git -C config rev-parse HEAD)"
raised 0 warning CHAIN-BEHIND

# ---- one is behind, whichever: the other one is followed
made one && to origin && follows "$made"
raised 1 warning CHAIN-BEHIND
pass_of_engine
look
raised 1 warning CHAIN-BEHIND
made two && to other && follows "$made"
raised 2 warning CHAIN-BEHIND
to origin && follows "$made"
raised 0 stop CHAIN-FORK

# ---- two that both go on, apart: neither is followed
base=$made
made three && to origin
git -C config reset -q --hard "$base"
made four && to other
follows "$base"
raised 1 stop CHAIN-FORK
to origin && follows "$made"

# ---- one that leaves the accepted chain does not hold up the other one
aside=$(by carol config commit-tree -S -m Aside -p "$base" "$base^{tree}")
by carol config push -q -f other "$aside:main"
made five && to origin && follows "$made"
raised 2 stop CHAIN-FORK
git -C repos/other.git update-ref -d refs/heads/main
made six && to origin && follows "$made"
to other

# ---- one is away
mv repos/config.git away
made seven && to other && follows "$made"
want 0 grep -q 'config.unreachable' engine.log
mv away repos/config.git
to origin && follows "$made"
raised 2 stop CHAIN-FORK

# ---- what was refused is sealed by two: no host has to go back
good=$made
git -C config update-index --add --cacheinfo "160000,$good,sub"
git -C config -c user.name=x -c user.email=x commit -q --no-gpg-sign -m 'Nobody signed this'
to origin && to other && follows "$good"
counts 1 config.refused
git -C config rm -q --cached sub
by carol config commit -q -S -m Seal -m "Accept-Range: $good..$(git -C config rev-parse HEAD)"
to origin && to other && follows "$good"
endorsed && to origin && follows "$made"
counts 1 config.refused
want_same 0 "$(asked -s '[.[] | select(.type == "config.accepted")] | last | .changes | length')" 'changed were'
want 0 "$TAGSEAL" check --repo config --range "$good..main"
says 'refused'
says "the engine would follow this to ${made:0:12}"
made eight && to origin && to other && follows "$made"

# ---- the mirrors are lost, and both hosts go back: what was accepted stays
mkdir kept && cp -r repos state kept/
for host in config other; do git -C "repos/$host.git" update-ref refs/heads/main "$base"; done
rm -rf state/courier/*
follows "$made"
raised 1 stop GIT-HISTORY-APART

# ---- and the judge's copy is lost too, with what hosts had: an alarm
for host in config other; do
	rm -rf "repos/$host.git" && git clone -q --bare kept/repos/config.git "repos/$host.git"
	git -C "repos/$host.git" for-each-ref --format='delete %(refname)' | git -C "repos/$host.git" update-ref --stdin
	git -C "repos/$host.git" update-ref refs/heads/main "$base"
	git -C "repos/$host.git" gc -q --prune=now
done
rm -rf state/courier/* state/judge/*
want 6 engine --once
want 0 grep -q "code=GIT-HISTORY-APART.*$made" engine.log
look
raised 2 stop GIT-HISTORY-APART

# ---- another repo altogether
for host in config other; do rm -rf "repos/$host.git" && git clone -q --bare repos/acme-app.git "repos/$host.git"; done
rm -rf state/courier/* state/judge/*
want 6 engine --once
want 0 grep -q 'code=CHAIN-ROOT' engine.log

# ---- and when all is as it was, it goes on
rm -rf repos/config.git repos/other.git
mv kept/repos/config.git kept/repos/other.git repos/
follows "$made"
