"""Reads OpenMetrics text by code that is not ours; each sample as a line of
JSON. What node_exporter would read of it, as the older format, is the same."""
import json
import sys

from prometheus_client import openmetrics, parser
import prometheus_client.openmetrics.parser

text = sys.stdin.buffer.read().decode()


def samples(families):
    return [(s.name, dict(s.labels), float(s.value)) for f in families for s in f.samples]


new = samples(openmetrics.parser.text_string_to_metric_families(text))
old = samples(parser.text_string_to_metric_families(text))
assert new == old, "two readers read two things"
assert len({(n, tuple(sorted(l.items()))) for n, l, _ in new}) == len(new), "a sample is there twice"
for name, labels, value in new:
    print(json.dumps({"name": name, "labels": labels, "value": value}))
