/*
 * hostile_format - the formats of tagseal-hostile: those of tagseal, but that
 * `file` does what a file says that begins with "HOSTILE VERB\n" (when it is
 * looked at or signed) or "HOSTILE late VERB\n" (when a signature of it is
 * checked). What it tried is told as an error: "VERB: refused: ..." or
 * "VERB: ESCAPED".
 */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "formats/whole.h"
#include "hostile.h"

#define LINE	64	/* bytes that the line may have */

extern const struct format pe_format, zip_format, file_format;

static const struct attempt *
attempt_find(struct span verb)
{
	static const struct attempt *const all[] = { hostile_reach,
	    hostile_hoard };

	for (size_t i = 0; i < COUNT(all); i++)
		for (const struct attempt *a = all[i]; a->verb != NULL; a++)
			if (span_is(verb, a->verb))
				return a;
	return NULL;
}

static bool
line_of(const struct subject *s, struct span *line, struct err *e)
{
	uint64_t len = s->file.len < LINE ? s->file.len : LINE;
	struct span head;

	return rope_view(s->arena, &s->file, 0, len, &head, e) &&
	    span_split(&head, '\n', line);
}

/* Does what the file says, if it says so for now. */
static bool
obey(const struct subject *s, bool late, struct err *e)
{
	struct hold hold = { s->scratch == NULL ? -1 : s->scratch->fd };
	struct span line, mark, verb;

	if (!line_of(s, &line, e) || !span_split(&line, ' ', &mark) ||
	    !span_is(mark, "HOSTILE"))
		return true;
	if (!span_split(&line, ' ', &verb) || span_is(verb, "late") != late ||
	    (late && !span_split(&line, ' ', &verb)))
		return true;
	const struct attempt *a = attempt_find(verb);
	if (a == NULL)
		return err_set(e, ERR_FORMAT_NOT_SIGNABLE, "no such attempt");
	int got = a->run(&hold);
	return err_set(e, ERR_FORMAT_NOT_SIGNABLE, "%s: %s%s", a->verb,
	    got == 0 ? "ESCAPED" : "refused: ", got == 0 ? "" : strerror(got));
}

static int
hostile_probe(struct span head)
{
	return span_starts(head, "HOSTILE ") ? 100 : file_format.probe(head);
}

static bool
hostile_plan(const struct subject *s, const struct directive *d,
    const struct signing_identity *id, struct plan *out, struct err *e)
{
	return obey(s, false, e) && file_format.plan(s, d, id, out, e);
}

static bool
hostile_apply(const struct subject *s, const struct directive *d,
    const struct signing_identity *id, const struct plan *plan,
    const struct sealed *sealed, struct rope *out, struct err *e)
{
	return file_format.apply(s, d, id, plan, sealed, out, e);
}

static bool
hostile_check(const struct subject *s, const struct check_terms *terms,
    struct findings *out, struct err *e)
{
	return obey(s, terms->detached != NULL, e) &&
	    file_format.check(s, terms, out, e);
}

static bool
hostile_facts(const struct subject *s, struct facts *out, struct err *e)
{
	return obey(s, false, e) && file_format.facts(s, out, e);
}

static const struct format hostile_format = {
	.name		= "file",
	.title		= "file of any kind",
	.suffixes	= "",
	.methods	= 1u << METHOD_CMS,
	.probe		= hostile_probe,
	.plan		= hostile_plan,
	.apply		= hostile_apply,
	.check		= hostile_check,
	.strip		= whole_strip,
	.foresee	= whole_foresee,
	.same		= whole_same,
	.facts		= hostile_facts,
};

const struct format *const all_formats[] = {
	&pe_format,
	&zip_format,
	&hostile_format,
	NULL
};
