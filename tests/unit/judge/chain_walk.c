/* chain_walk - see chain_walk.h. */
#include <string.h>

#include "base/text.h"
#include "judge/chain_walk.h"

struct chain *
chain_at(struct office *o, const char *name,
    const struct verifier_source *source)
{
	CLEANUP(config_errors_done) struct config_errors errors = { 0 };
	struct object_id id = office_id(o, "config", name);
	struct chain_pin pin;
	struct chain *c;
	struct err e;

	assert_ok(repository_refresh(o->repository, &e), &e);
	assert_ok(chain_pin_of(o->repository, &id, &pin, &e), &e);
	assert_ok(chain_open(o->repository, &pin, source, &c, &errors, &e),
	    &e);
	return c;
}

const struct chain_verdict *
chain_walk(struct office *o, struct chain *c, int64_t now)
{
	struct chain_look look = { .head = office_id(o, "config", "HEAD"),
	    .now = now };
	size_t count;
	struct err e;

	assert_ok(repository_refresh(o->repository, &e), &e);
	assert_ok(chain_advance(c, &look, &e), &e);
	const struct chain_verdict *v = chain_verdicts(c, &count);
	return count == 0 ? NULL : &v[count - 1];
}

const char *
verdict_code(const struct chain_verdict *v)
{
	if (v->error != NULL)
		return v->error->what->code;
	for (size_t i = 0; i < v->decision.findings.count; i++)
		if (!v->decision.findings.items[i].met)
			return v->decision.findings.items[i].row->code;
	return "none";
}

void
assert_change(struct office *o, const char *lines, const char *code,
    const char *signer)
{
	CLEANUP(chain_done) struct chain *c = chain_at(o, "HEAD", NULL);
	struct object_id root = *chain_commit(c);
	bool good = strcmp(code, "none") == 0;

	office_run(o, lines);
	const struct chain_verdict *v = chain_walk(o, c, OFFICE_NOW);
	assert_non_null(v);
	assert_string_equal(verdict_code(v), code);
	assert_span_equal(v->signer, SPAN_TEXT(signer));
	assert_int_equal(v->outcome == CHAIN_ALLOWED, good);
	assert_int_equal(object_id_eq(chain_commit(c), &root), !good);
}
