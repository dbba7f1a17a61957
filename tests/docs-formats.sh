#!/usr/bin/env bash
# docs-formats - docs/formats.md says what can be done with each format, and
# which test proves it with which tool. Each cell of the first table has a row
# in the second; its tests are there, and name their tools.
# shellcheck source=lib.sh
. "$SOURCE/tests/lib.sh"

ctest --test-dir "$BUILD" -N > tests.txt
want 0 python3 "$SOURCE/tests/docs_formats.py" "$SOURCE/docs/formats.md" "$SOURCE" tests.txt
