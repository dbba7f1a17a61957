#!/usr/bin/env bash
# gitolite - a whole release where all repositories are those of a gitolite
# behind a real sshd, people having stock git alone. Its hook refuses what
# nobody may do, however gitolite's own rules read: here they allow all of it.
# shellcheck source=../lib.sh
. "$SOURCE/tests/lib.sh"
# shellcheck source=engine.sh
. "$SOURCE/tests/e2e/engine.sh"
# shellcheck source=transports.sh
. "$SOURCE/tests/e2e/transports.sh"
# shellcheck source=../hooks/guards.sh
. "$SOURCE/tests/hooks/guards.sh"
# shellcheck source=../hooks/gitolite.sh
. "$SOURCE/tests/hooks/gitolite.sh"
trap '"$SOURCE/tests/net/ssh-server" "$WORLD" stop; finish' EXIT

# ---- sshd lets people in by their signing keys, the engine by one of its own
port=$("$SOURCE/tests/net/ssh-server" "$WORLD" '' "SetEnv HOME=$WORLD/host")
at=ssh://$(id -un)@127.0.0.1:$port read=
: > ssh/authorized_keys
mkdir host && ln -s ../ssh host/.ssh
cat > way <<END
#!/bin/sh
exec ssh -F /dev/null -o IdentitiesOnly=yes -o UserKnownHostsFile=$WORLD/ssh/known_hosts -i "$WORLD/keys/\${WHO:-carol}" "\$@"
END
chmod +x way
export GIT_SSH_COMMAND=$WORLD/way GIT_SSH_VARIANT=ssh

# make_repos is that of engine.sh, by pushes to gitolite.
make_repos() {
	mkdir out
	start_gitolite -pk keys/carol.pub
	HOME=$WORLD/host git config --global init.defaultBranch main
	ln -s host/repositories repos
	by carol . clone -q "$at/gitolite-admin" admin 2> /dev/null
	ssh-keygen -q -N '' -t ed25519 -C engine -f keys/engine
	cp keys/{alice,dave,engine}.pub admin/keydir/
	cat > admin/conf/gitolite.conf <<-END
	repo gitolite-admin
	    RW+ = carol
	repo config acme-app acme-agent
	    RW+ = alice carol dave
	    R   = engine
	repo ledger
	    RW  = engine
	    RW+ = carol
	repo config acme-app acme-agent ledger
	    -   VREF/tagseal = @all
	    config tagseal.program = $TAGSEAL
	repo config
	    config tagseal.configBranch = main
	END
	by carol admin add . && by carol admin commit -q -m 'Acme'
	by carol admin push -q origin HEAD:master 2> host.log || cat host.log >&2
	by carol config init -q && by carol config remote add origin "$at/config.git"
	commit_config carol 'Acme: people, policies, certificates' 2> host.log || cat host.log >&2
	mkdir app && by alice app init -q && by alice app remote add origin "$at/acme-app.git"
	cp made/*.c app/ && by alice app add . && by alice app commit -q -S -m 'Acme App'
	by alice app push -q origin HEAD
}
world "connections: [{ssh: {key: $WORLD/keys/engine, known-hosts: $WORLD/ssh/known_hosts}}]"

# ---- what nobody may push, and what `tagseal check` says of the same commits
# refused_as_checked CODE WHO: what they pushed last to the config repo.
refused_as_checked() {
	refused_ref "$1" repos/config.git by "$2" config push origin HEAD
	sed -n 's/^remote: //p' <<< "$out" | sed 's/ *$//' > pushed
	want 1 "$TAGSEAL" check --repo config --range origin/main..HEAD
	while read -r line; do
		[[ -z $line ]] || want 0 grep -qF "$line" pushed
	done <<< "$out"
	by "$2" config reset -q --hard origin/main
}
sed -i 's/^description: .*/description: ours/' config/projects/acme-app/project.yaml
by alice config commit -q -a -m 'Not signed'
refused_as_checked SIGNER-UNSIGNED alice
sed -i 's/^name: .*/name: Nobody/' config/people/carol.yaml
by alice config commit -q -S -a -m 'Not hers'
refused_as_checked CHAIN-PATH alice
sed -i 's/^description: .*/description: ours/' config/projects/acme-app/project.yaml
by alice config commit -q -S -a -m 'As an owner may'
want 0 by alice config push origin HEAD

whole_release 1.2.3

by carol . clone -q -b tagseal/ledger "$at/ledger.git" ledger
refused_ref LEDGER-REWIND repos/ledger.git by carol ledger push -f origin HEAD~2:tagseal/ledger
refused_ref LEDGER-REWIND repos/ledger.git by carol ledger push origin :tagseal/ledger
by alice app commit -q -S --allow-empty -m 'Another program'
by alice app tag -s -f -F "$WORLD/message" v1.2.3 > /dev/null
refused_ref REF-MOVED repos/acme-app.git by alice app push -f origin refs/tags/v1.2.3
refused_ref REF-MOVED repos/acme-app.git by alice app push origin :refs/tags/v1.2.3

# ---- gitolite's own rules hold too, and nothing of it harmed the engine
refuses 'W any ledger alice DENIED' 128 by alice app push "$at/ledger.git" HEAD:refs/heads/mine
refuses 'W any acme-app engine DENIED' 128 by engine app push origin HEAD:refs/heads/mine
want 128 git ls-remote "ssh://$(id -un)@127.0.0.1:$port/etc"
pass_of_engine
want 0 test "$(state_of v1.2.3)" = completed
want 0 test -z "$(events alarm.raised)"
