"""docs_formats - holds the tables of docs/formats.md against the tests:
docs_formats.py PAGE SOURCE LIST-OF-TESTS"""

import os, re, sys

page, source, listed = sys.argv[1:]
tests = set(re.findall(r"Test +#\d+: (\S+)", open(listed).read()))
scripts = dict(re.findall(r"^(?:slow_)?script\((\S+) +([^\s)]+)", open(f"{source}/tests/CMakeLists.txt").read(), re.M))
tables, rows = [], None
for line in open(page):
    cells = [c.strip() for c in line.strip().strip("|").split("|")] if line.startswith("|") else None
    if cells is None:
        rows = None
    elif rows is None:
        rows = [cells]
        tables.append(rows)
    elif not set("".join(cells)) <= set("- "):
        rows.append(cells)
can, proofs = tables[:2]
columns, failed = can[0][1:], []
claimed = {(row[0], what) for row in can[1:] for what, cell in zip(columns, row[1:]) if cell.startswith("yes")}
proven = set()
for format, what, test, tools in proofs[1:]:
    proven |= {(format, w) for w in what.split(", ")}
    text = ""
    for name in re.findall(r"`([^`]+)`", test):
        if name not in tests:
            failed.append(f"no test is called {name}")
        elif name in scripts:
            text += open(os.path.join(source, "tests", scripts[name])).read()
    for tool in tools.split(", "):
        if tool not in text:
            failed.append(f"{test} does not use {tool}")
failed += [f"{f}: {w} is claimed without a proof" for f, w in sorted(claimed - proven)]
failed += [f"{f}: {w} is proven but not claimed" for f, w in sorted(proven - claimed)]
assert len(claimed) > 40, "the first table was not read"
sys.exit("\n".join(failed) or 0)
