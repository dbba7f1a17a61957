/* guard - see guard.h. */
#include "base/text.h"
#include "git/history.h"
#include "judge/guard.h"

/* A key was used, or may have been. */
static bool
was_signed(const struct fold_request *q, const struct fold_ref *known)
{
	return span_eq(q->project, known->project) &&
	    span_eq(q->ref, known->ref) &&
	    (q->state == REQUEST_VERIFIED || q->state == REQUEST_PUBLISHED ||
	    q->state == REQUEST_COMPLETED || fold_key_spent(q) > 0);
}

bool
guard_changed(struct desk *d, const struct fold_ref *known, const char *what,
    struct err *e)
{
	CLEANUP(buf_done) struct buf text = { 0 };
	const struct fold_request *q;
	size_t i = 0;

	while ((q = fold_request_at(d->memory.fold, i)) != NULL &&
	    !was_signed(q, known))
		i++;
	if (q == NULL)
		return true;
	buf_text(&text, text_show(known->ref).text);
	buf_printf(&text, " of %s was signed and is %s now",
	    text_show(known->repo).text, what);
	return alarm_raise(d, err_rows[ERR_REF_MOVED].code, buf_span(&text),
	    e);
}

/* The walk is long when the commit is not there: it is done once. */
static bool
commit_guard(struct desk *d, struct repository *r,
    const struct fold_request *q, const struct object_id *head, struct err *e)
{
	CLEANUP(buf_done) struct buf text = { 0 };
	const char *code = err_rows[ERR_REF_REWOUND].code;
	struct object_id commit;
	bool stands;

	if (!object_id_parse(q->tag_id, &commit))
		return err_set(e, ERR_LEDGER_EVENT, "a request names no tag");
	buf_text(&text, text_show(q->ref).text);
	buf_printf(&text, " of %s has lost commit %.12s, which was signed",
	    text_show(q->repo).text, object_id_hex(&commit).text);
	if (alarm_raised(d, code, buf_span(&text)))
		return true;
	return history_reaches(r, head, &commit, &stands, e) &&
	    (stands || alarm_raise(d, code, buf_span(&text), e));
}

bool
guard_branch(struct desk *d, struct repository *r,
    const struct fold_ref *known, const struct object_id *head, struct err *e)
{
	const struct fold_request *q;

	for (size_t i = 0; (q = fold_request_at(d->memory.fold, i)) != NULL;
	    i++)
		if (was_signed(q, known) && !commit_guard(d, r, q, head, e))
			return false;
	return true;
}
