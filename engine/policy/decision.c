/*
 * decision - the forms of a decision: for the ledger, and for people.
 */
#include "base/text.h"
#include "policy/policy.h"

const char *
outcome_name(enum outcome outcome)
{
	static const char *const names[] = {
		[OUTCOME_REFUSED] = "refused",
		[OUTCOME_WAITING] = "waiting",
		[OUTCOME_DENIED] = "denied",
		[OUTCOME_EXPIRED] = "expired",
		[OUTCOME_AUTHORISED] = "authorised",
	};

	return names[outcome];
}

static struct json *
finding_json(const struct finding *f)
{
	struct json *v = json_map();

	json_put_text(v, "rule", f->rule);
	json_put_bool(v, "met", f->met);
	if (f->row != NULL) {
		json_put_text(v, "code", f->row->code);
		if (f->cause != NULL)
			json_put_text(v, "cause", f->cause->code);
		json_put_text(v, "reason", f->row->reason);
		json_put(v, "advice", json_text(f->hint.len > 0 ? f->hint :
		    SPAN_TEXT(f->row->advice)));
	}
	json_put_span(v, "text", f->text);
	return v;
}

static struct json *
texts_json(const struct text_list *texts)
{
	struct json *v = json_list();

	for (size_t i = 0; i < texts->count; i++)
		json_add(v, json_text(texts->items[i]));
	return v;
}

static struct json *
wanted_json(const struct wanted *w)
{
	struct json *v = json_map();

	json_put_int(v, "count", (int64_t)w->count);
	json_put_int(v, "missing", (int64_t)w->missing);
	json_put(v, "of", texts_json(&w->of));
	json_put(v, "people", texts_json(&w->people));
	return v;
}

/* Only members that the canonical form allows: no null, no fraction. */
struct json *
decision_json(const struct decision *d)
{
	struct json *v = json_map(), *findings = json_list();
	struct json *wanted = json_list();

	json_put_text(v, "outcome", outcome_name(d->outcome));
	if (d->project != NULL)
		json_put_span(v, "project", d->project->slug);
	if (d->policy != NULL)
		json_put_span(v, "policy", d->policy->slug);
	if (d->submitter.len > 0)
		json_put_span(v, "submitter", d->submitter);
	for (size_t i = 0; i < d->findings.count; i++)
		json_add(findings, finding_json(&d->findings.items[i]));
	for (size_t i = 0; i < d->wanted.count; i++)
		json_add(wanted, wanted_json(&d->wanted.items[i]));
	json_put(v, "findings", findings);
	json_put(v, "wanted", wanted);
	if (d->not_before > 0)
		json_put_int(v, "not_before", d->not_before);
	if (d->quorum_at > 0)
		json_put_int(v, "quorum_at", d->quorum_at);
	return v;
}

static void
print_finding(const struct finding *f, struct buf *out)
{
	if (f->met) {
		buf_text(out, "  met    ");
		buf_put(out, f->text);
		buf_text(out, "\n");
		return;
	}
	buf_text(out, "  unmet  ");
	buf_put(out, f->text);
	buf_printf(out, " (%s%s%s)\n         likely: %s\n", f->row->code,
	    f->cause != NULL ? ", " : "",
	    f->cause != NULL ? f->cause->code : "",
	    f->cause != NULL ? f->cause->reason : f->row->reason);
	struct span advice = f->hint.len > 0 ? f->hint :
	    SPAN_TEXT(f->row->advice);
	if (advice.len == 0)
		return;
	buf_text(out, "         do:     ");
	buf_put(out, advice);
	buf_text(out, "\n");
}

static void
print_wanted(const struct wanted *w, struct buf *out)
{
	buf_printf(out, "  needs  %llu more of:",
	    (unsigned long long)w->missing);
	for (size_t i = 0; i < w->people.count; i++)
		buf_printf(out, "%s %s", i == 0 ? "" : ",",
		    text_show(w->people.items[i]).text);
	if (w->people.count == 0)
		buf_text(out, " nobody is left who could");
	buf_text(out, "\n");
}

void
decision_print(const struct decision *d, struct buf *out)
{
	buf_printf(out, "%s\n", outcome_name(d->outcome));
	for (size_t i = 0; i < d->wanted.count; i++)
		print_wanted(&d->wanted.items[i], out);
	for (size_t i = 0; i < d->findings.count; i++)
		print_finding(&d->findings.items[i], out);
}
