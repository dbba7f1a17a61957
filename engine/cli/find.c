/* find - see find.h. */
#include <string.h>

#include "base/text.h"
#include "cli/find.h"

/* What is being looked for, and the repository in which it was found. */
struct search {
	const char	*name;
	const char	*project;	/* or NULL */
	struct span	 repo;
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

static void
note_repo(struct search *s, struct span repo)
{
	if (s->repo.ptr == NULL)
		s->repo = repo;
	s->several = s->several || !span_eq(s->repo, repo);
}

static void
find_request(const struct history *h, struct search *s, struct subject *out)
{
	const struct fold_request *q;

	for (size_t i = 0; (q = fold_request_at(h->fold, i)) != NULL; i++) {
		if (!fits(s, q->ref) || (s->project != NULL &&
		    !span_is(q->project, s->project)))
			continue;
		note_repo(s, q->repo);
		out->request = q;
	}
}

/* A ref that names no project may be anybody's. */
static bool
of_project(struct history *h, const struct fold_ref *r, const char *project,
    bool *yes, struct err *e)
{
	CLEANUP(json_done) struct json *json = NULL;
	CLEANUP(buf_done) struct buf bytes = { 0 };
	struct event seen;

	*yes = true;
	if (project == NULL)
		return true;
	if (!history_event(h, r->seen, &bytes, &json, &seen, e))
		return false;
	struct span slug = event_text(&seen, "project");
	*yes = slug.len == 0 || span_is(slug, project);
	return true;
}

static uint64_t
last_word(const struct fold_ref *r)
{
	return r->refused_by > r->seen ? r->refused_by : r->seen;
}

static bool
find_ref(struct history *h, struct search *s, struct subject *out,
    struct err *e)
{
	const struct fold_ref *r;
	bool ours;

	for (size_t i = 0; (r = fold_ref_at(h->fold, i)) != NULL; i++) {
		if (!fits(s, r->ref))
			continue;
		if (!of_project(h, r, s->project, &ours, e))
			return false;
		if (!ours)
			continue;
		note_repo(s, r->repo);
		if (out->ref == NULL || last_word(r) > last_word(out->ref))
			out->ref = r;
	}
	return true;
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
	if (!find_ref(h, &s, &found, e))
		return false;
	if (s.several && project == NULL) {
		err_set(e, ERR_REQUEST_UNKNOWN, "several repositories have a "
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
