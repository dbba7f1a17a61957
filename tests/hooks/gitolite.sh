# gitolite - a gitolite whose home is host/, with the update hook as a VREF;
# sourced after guards.sh.
# shellcheck shell=bash

# start_gitolite WORD…: as gitolite's own setup wants them.
start_gitolite() {
	mkdir -p host/local/VREF
	(export HOME=$WORLD/host; git config --global user.name host; git config --global user.email host@test
	    git config --global init.defaultBranch master; gitolite setup "$@") > gitolite.log 2>&1 || { cat gitolite.log >&2; exit 1; }
	sed -i "s@^ *# *LOCAL_CODE *=>.*ENV{HOME}/local\",@LOCAL_CODE => \"$WORLD/host/local\",@;
	    s@GIT_CONFIG_KEYS *=> *''@GIT_CONFIG_KEYS => 'tagseal\\\\..*'@" host/.gitolite.rc
	ln -s "$HOOKS/update" host/local/VREF/tagseal
}
