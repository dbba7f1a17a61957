/* registry - every kind of key store, and the calls that go to its row. */
#include <stdlib.h>

#include "keys/store.h"

const struct keystore_kind *const all_keystores[] = {
	&pkcs11_keystore,
	NULL
};

bool
keystore_new(const struct keystore_terms *terms, struct keystore **out,
    struct err *e)
{
	struct span name = span_text(terms->kind != NULL ? terms->kind :
	    pkcs11_keystore.name);

	for (size_t i = 0; all_keystores[i] != NULL; i++)
		if (span_is(name, all_keystores[i]->name))
			return all_keystores[i]->new(terms, out, e);
	return err_set(e, ERR_USAGE, "'%s' is no kind of key store",
	    terms->kind);
}

bool
keystore_renew(struct keystore *s, struct err *e)
{
	return s->kind->open(s, e);
}

bool
keystore_open(const struct keystore_terms *terms, struct keystore **out,
    struct err *e)
{
	CLEANUP(keystore_done) struct keystore *s = NULL;

	if (!keystore_new(terms, &s, e))
		return false;
	pin_forget(&terms->pin);
	if (!keystore_renew(s, e))
		return false;
	*out = TAKE(s);
	return true;
}

void
keystore_close(struct keystore *s)
{
	if (s != NULL)
		s->kind->close(s);
}

bool
keystore_find(struct keystore *s, const struct key_uri *uri,
    const struct key **out, struct err *e)
{
	return s->kind->find(s, uri, out, e);
}

bool
keystore_list(struct keystore *s, struct arena *arena,
    const struct key ***out, size_t *count, struct err *e)
{
	return s->kind->list(s, arena, out, count, e);
}

bool
keystore_sign(struct keystore *s, struct sign_job *jobs, size_t count,
    struct err *e)
{
	if (s->kind->sign(s, jobs, count))
		return true;
	for (size_t i = 0; i < count; i++)
		if (jobs[i].err != NULL) {
			*e = *jobs[i].err;
			break;
		}
	return false;
}

bool
keystore_make(struct keystore *s, const struct key_plan *plan,
    const struct key **out, struct err *e)
{
	return s->kind->make(s, plan, out, e);
}

bool
keystore_import(struct keystore *s, const struct key_source *source,
    const struct key **out, struct err *e)
{
	return s->kind->import(s, source, out, e);
}

struct token_names
keystore_names(const struct keystore *s)
{
	return s->kind->describe(s);
}

const struct err *
keystore_warning(const struct keystore *s)
{
	return s->kind->warning(s);
}

const struct key_facts *
key_facts_of(const struct key *k)
{
	return &k->facts;
}

void
sign_job_done(struct sign_job *job)
{
	buf_done(&job->value);
	free(job->err);
	job->err = NULL;
}
