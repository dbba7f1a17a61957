/* parameters - see parameters.h. */
#include <regex.h>
#include <stddef.h>
#include <string.h>

#include "base/text.h"
#include "config/parameters.h"

#define NAMES_MAX	64	/* shown as candidates for a misspelt name */

static const struct {
	const char	*name;
	size_t		 offset;
} release_rows[] = {
	{ "project",	offsetof(struct release_names, project) },
	{ "ref",	offsetof(struct release_names, ref) },
	{ "commit",	offsetof(struct release_names, commit) },
};

static struct span *
release_name_at(struct release_names *names, size_t row)
{
	return (struct span *)((char *)names + release_rows[row].offset);
}

struct span *
release_name_find(struct release_names *names, struct span name)
{
	for (size_t i = 0; i < COUNT(release_rows); i++)
		if (span_is(name, release_rows[i].name))
			return release_name_at(names, i);
	return NULL;
}

static const struct named_text *
value_of(const struct artifact_parameter *p, const struct named_text *given,
    size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (span_eq(given[i].name, p->name))
			return &given[i];
	return NULL;
}

static bool
declared(const struct artifact_configuration *c, struct span name)
{
	for (size_t i = 0; i < c->parameters.count; i++)
		if (span_eq(c->parameters.items[i].name, name))
			return true;
	return false;
}

static bool
unknown_name(const struct artifact_configuration *c, struct span name,
    struct arena *a, struct err *e)
{
	const char *names[NAMES_MAX + 1];
	size_t n = 0;

	for (size_t i = 0; i < c->parameters.count && n < NAMES_MAX; i++) {
		names[n] = arena_text(a, c->parameters.items[i].name);
		if (names[n++] == NULL)
			return err_budget(e, a);
	}
	names[n] = NULL;
	const char *near = text_nearest(name, names);
	err_set(e, ERR_ARTIFACT_PARAMETER, "the artifact configuration "
	    "declares no parameter '%s'", text_show(name).text);
	if (near != NULL)
		err_hint(e, "did you mean '%s'?", near);
	return false;
}

/* The pattern was compiled once before, when the config was read. */
static bool
pattern_check(const struct artifact_parameter *p, struct span value,
    struct arena *a, struct err *e)
{
	char *text = arena_text(a, value);
	char *whole = arena_printf(a, "^(%.*s)$", (int)p->pattern.len,
	    (const char *)p->pattern.ptr);
	regex_t regex;

	if (text == NULL || whole == NULL)
		return err_budget(e, a);
	if (regcomp(&regex, whole, REG_EXTENDED | REG_NOSUB) != 0)
		return err_set(e, ERR_PARAMETER_PATTERN, "the pattern '%s' "
		    "cannot be used", text_show(p->pattern).text);
	bool matches = strlen(text) == value.len &&
	    regexec(&regex, text, 0, NULL, 0) == 0;
	regfree(&regex);
	return matches || err_set(e, ERR_PARAMETER_PATTERN, "parameter '%s' is "
	    "'%s', which does not match '%s'", text_show(p->name).text,
	    text_show(value).text, text_show(p->pattern).text);
}

static bool
apply_one(const struct artifact_parameter *p, const struct named_text *given,
    struct arena *a, struct parameter *out, struct err *e)
{
	struct span value = given != NULL ? given->value : p->fallback;

	if (value.ptr == NULL || (given == NULL && value.len == 0)) {
		if (p->required)
			return err_set(e, ERR_PARAMETER_MISSING, "the release "
			    "gives no value for the parameter '%s'",
			    text_show(p->name).text);
		*out = (struct parameter){ p->name, SPAN_TEXT("") };
		return true;
	}
	*out = (struct parameter){ p->name, value };
	return parameter_value_check(p->name, value, e) &&
	    (p->pattern.len == 0 || pattern_check(p, value, a, e));
}

bool
parameters_apply(const struct artifact_configuration *c,
    const struct named_text *given, size_t count,
    const struct release_names *names, struct arena *a,
    struct parameter **out, size_t *out_count, struct err *e)
{
	struct release_names known = *names;
	size_t n = c->parameters.count;
	struct parameter *list = ARENA_ARRAY(a, struct parameter,
	    n + COUNT(release_rows));

	if (list == NULL)
		return err_budget(e, a);
	for (size_t i = 0; i < count; i++)
		if (!declared(c, given[i].name))
			return unknown_name(c, given[i].name, a, e);
	for (size_t i = 0; i < n; i++) {
		const struct artifact_parameter *p = &c->parameters.items[i];

		if (!apply_one(p, value_of(p, given, count), a, &list[i], e))
			return false;
	}
	for (size_t i = 0; i < COUNT(release_rows); i++)
		if (release_name_at(&known, i)->len > 0)
			list[n++] = (struct parameter){
			    span_text(release_rows[i].name),
			    *release_name_at(&known, i) };
	*out = list;
	*out_count = n;
	return true;
}

bool
parameters_check(const struct artifact_configuration *c, struct arena *a,
    struct err *e)
{
	size_t n = c->parameters.count;
	struct parameter *list = ARENA_ARRAY(a, struct parameter,
	    n + COUNT(release_rows));
	struct release_names none = { .ref = { NULL, 0 } };
	struct element *expanded;

	if (list == NULL)
		return err_budget(e, a);
	for (size_t i = 0; i < n; i++) {
		list[i].name = c->parameters.items[i].name;
		if (release_name_find(&none, list[i].name) != NULL)
			return err_set(e, ERR_CONFIG_PARAMETER, "\"%s\" is "
			    "known without being declared",
			    text_show(list[i].name).text);
	}
	for (size_t i = 0; i < COUNT(release_rows); i++)
		list[n + i].name = span_text(release_rows[i].name);
	return element_expand(c->root, list, n + COUNT(release_rows), a,
	    &expanded, e);
}
