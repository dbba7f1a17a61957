#!/usr/bin/env bash
# release - the main job: tag, waiting, approval, signing, publishing, audit.
# shellcheck source=../lib.sh
. "$SOURCE/tests/lib.sh"
# shellcheck source=engine.sh
. "$SOURCE/tests/e2e/engine.sh"
make_world
build 1.2.3
tag alice v1.2.3 release-signing ci/acme-app-1.2.3.zip
pass_of_engine
cat engine.log
id=$(request v1.2.3)
approve carol "$id"
pass_of_engine
cat engine.log
find out -type f
