/* find - see find.h. */
#include <string.h>

#include "base/text.h"
#include "cli/find.h"

/* What is being looked for, and the project in which it was found. */
struct search {
	const char	*name;
	const char	*project;	/* or NULL */
	struct span	 found;
	bool		 several;	/* the name is one of several */
};

static bool
is_id(const char *name)
{
	return strncmp(name, "sr-", 3) == 0 &&
	    name[strspn(name + 3, "0123456789abcdef") + 3] == '\0';
}

static bool
fits(const struct search *s, struct span ref)
{
	static const char *const before[] = { "", "refs/tags/",
	    "refs/heads/" };

	for (size_t i = 0; i < COUNT(before); i++)
		if (span_starts(ref, before[i]) &&
		    span_is(span_from(ref, strlen(before[i])), s->name))
			return true;
	return false;
}

/* Of the project that is asked for; which one it is may not be said. */
static bool
is_ours(struct search *s, struct span project)
{
	if (s->project != NULL)
		return span_is(project, s->project);
	if (s->found.ptr == NULL)
		s->found = project;
	s->several = s->several || !span_eq(s->found, project);
	return true;
}

static void
find_request(const struct history *h, struct search *s, struct subject *out)
{
	const struct fold_request *q;

	for (size_t i = 0; (q = fold_request_at(h->fold, i)) != NULL; i++) {
		if (fits(s, q->ref) && is_ours(s, q->project))
			out->request = q;
	}
}

static uint64_t
last_word(const struct fold_ref *r)
{
	return r->refused_by > r->seen ? r->refused_by : r->seen;
}

static void
find_ref(const struct history *h, struct search *s, struct subject *out)
{
	const struct fold_ref *r;

	for (size_t i = 0; (r = fold_ref_at(h->fold, i)) != NULL; i++)
		if (fits(s, r->ref) && is_ours(s, r->project) &&
		    (out->ref == NULL || last_word(r) > last_word(out->ref)))
			out->ref = r;
}

/* The last word counts; a request that was refused itself says more. */
static void
decide(struct subject *s)
{
	const struct fold_request *q = s->request;
	const struct fold_ref *r = s->ref;

	if (r == NULL || r->refused_by == 0 || (q != NULL &&
	    (q->created > r->refused_by || q->last == r->refused_by)))
		return;
	s->refused = true;
	s->earlier = TAKE(s->request);
}

bool
find_subject(struct history *h, const char *name, const char *project,
    struct subject *out, struct err *e)
{
	struct search s = { .name = name, .project = project };
	struct subject found = { 0 };

	if (is_id(name)) {
		found.request = history_request(h, name, e);
		*out = found;
		return found.request != NULL;
	}
	find_request(h, &s, &found);
	find_ref(h, &s, &found);
	if (s.several) {
		err_set(e, ERR_REQUEST_UNKNOWN, "several projects have a "
		    "ref '%s'", text_show(span_text(name)).text);
		return err_hint(e, "say which with --project, or name the "
		    "request: 'tagseal requests' lists them");
	}
	decide(&found);
	*out = found;
	return true;
}

bool
find_known(struct history *h, const char *name, const char *project,
    struct subject *out, struct err *e)
{
	if (!find_subject(h, name, project, out, e))
		return false;
	if (out->request != NULL || out->refused)
		return true;
	return err_set(e, ERR_REQUEST_UNKNOWN, out->ref != NULL ?
	    "the ref '%s' was seen, but not judged yet" :
	    "the ledger knows no ref '%s'", text_show(span_text(name)).text);
}
