/*
 * config - from the files of one commit to one model.
 */
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "config/reading.h"

/* A project's parts come from several files, in any order. */
struct building {
	struct reading	r;
	struct config	*config;
};

/* Folders in which every file must have a meaning. */
static const char *const known_folders[] = {
	"people/", "groups/", "certificates/", "build-systems/", "projects/",
	"trust/",
};

bool
config_knows(struct span path)
{
	for (size_t k = 0; k < COUNT(known_folders); k++)
		if (span_starts(path, known_folders[k]))
			return true;
	return span_is(path, "tagseal.yaml");
}

void
config_free(struct config *c)
{
	if (c == NULL)
		return;
	arena_free(c->arena);
	free(c);
}

static int
by_path(const void *a, const void *b)
{
	const struct config_file *x = a, *y = b;

	return strcmp(x->path, y->path);
}

size_t
file_find(const struct reading *r, const char *path)
{
	struct config_file wanted = { path, { NULL, 0 } };
	const struct config_file *found = r->file_count == 0 ? NULL :
	    bsearch(&wanted, r->files, r->file_count, sizeof(wanted), by_path);

	return found == NULL ? SIZE_MAX : (size_t)(found - r->files);
}

/* The slugs that a path has where the pattern has '*'. */
struct slugs {
	struct span	at[2];
	size_t		count;
};

/* Matches segment by segment; '*' takes what stands before the ending. */
static bool
path_matches(const char *pattern, const char *path, struct slugs *slugs)
{
	struct span p = SPAN_TEXT(pattern), s = SPAN_TEXT(path), want, have;

	slugs->count = 0;
	while (span_split(&p, '/', &want)) {
		if (!span_split(&s, '/', &have))
			return false;
		if (want.ptr[0] != '*') {
			if (!span_eq(want, have))
				return false;
			continue;
		}
		size_t ending = want.len - 1;
		struct span tail = span_from(want, 1), rest = { 0 };
		if (have.len <= ending ||
		    !span_cut(have, have.len - ending, ending, &rest) ||
		    !span_eq(rest, tail))
			return false;
		have.len -= ending;
		slugs->at[slugs->count++] = have;
	}
	return !span_split(&s, '/', &have);
}

static bool
kind_of(const char *path, enum config_kind *kind, struct slugs *slugs)
{
	for (unsigned k = 0; k < CONFIG_KINDS; k++) {
		if (kind_rows[k].path == NULL ||
		    !path_matches(kind_rows[k].path, path, slugs))
			continue;
		*kind = (enum config_kind)k;
		return true;
	}
	return false;
}

/* ---- where the struct of a file goes ---- */
static struct project *
project_of(struct building *b, struct span slug)
{
	struct config_list *list =
	    (struct config_list *)(void *)&b->config->projects;
	struct project *projects = list->items;

	for (size_t i = 0; i < list->count; i++)
		if (span_eq(projects[i].slug, slug))
			return &projects[i];
	struct project *p = list_push(&b->r, list, sizeof(*p));
	if (p != NULL)
		p->slug = slug;
	return p;
}

/* Lists of things that a file makes one more of. */
static const struct {
	size_t	list;		/* in struct config, or in struct project */
	size_t	slug;		/* in the thing */
	bool	in_project;
} homes[CONFIG_KINDS] = {
	[CONFIG_PERSON] = { offsetof(struct config, people),
	    offsetof(struct person, slug), false },
	[CONFIG_GROUP] = { offsetof(struct config, groups),
	    offsetof(struct group, slug), false },
	[CONFIG_CERTIFICATE] = { offsetof(struct config, certificates),
	    offsetof(struct certificate, slug), false },
	[CONFIG_BUILD_SYSTEM] = { offsetof(struct config, build_systems),
	    offsetof(struct build_system, slug), false },
	[CONFIG_POLICY] = { offsetof(struct project, policies),
	    offsetof(struct policy, slug), true },
	[CONFIG_ARTIFACT] = { offsetof(struct project, configurations),
	    offsetof(struct artifact_configuration, slug), true },
};

/* Room for what a file says; its slug and place are set. */
static uint8_t *
home_of(struct building *b, enum config_kind kind, const struct slugs *slugs,
    struct place at)
{
	struct project *p = NULL;

	if (kind == CONFIG_ORGANIZATION)
		return (uint8_t *)&b->config->organization;
	if (kind == CONFIG_PROJECT || homes[kind].in_project)
		p = project_of(b, slugs->at[0]);
	if (kind == CONFIG_PROJECT || (homes[kind].in_project && p == NULL))
		return (uint8_t *)p;
	uint8_t *owner = homes[kind].in_project ? (uint8_t *)p :
	    (uint8_t *)b->config;
	uint8_t *thing = list_push(&b->r,
	    (struct config_list *)(void *)(owner + homes[kind].list),
	    shape_rows[kind_rows[kind].shape].size);
	if (thing == NULL)
		return NULL;
	memcpy(thing, &at, sizeof(at));
	memcpy(thing + homes[kind].slug, &slugs->at[slugs->count - 1],
	    sizeof(struct span));
	return thing;
}

static void
check_slugs(struct building *b, const struct slugs *slugs, struct place at)
{
	for (size_t i = 0; i < slugs->count; i++)
		if (!text_slug(slugs->at[i]))
			complain(&b->r, at, ERR_CONFIG_VALUE, "the name "
			    "\"%s\" is not %s", text_show(slugs->at[i]).text,
			    type_rows[VALUE_SLUG].name);
}

static void
take_file(struct building *b, size_t i)
{
	const char *path = arena_text(b->r.arena,
	    SPAN_TEXT(b->r.files[i].path));
	struct slugs slugs;
	enum config_kind kind;

	if (path == NULL) {
		complain_budget(&b->r, (struct place){ b->r.files[i].path, 0,
		    0 });
		return;
	}
	struct place at = { path, 1, 1 };
	if (!kind_of(path, &kind, &slugs))
		return;
	b->r.used[i] = true;
	check_slugs(b, &slugs, at);
	uint8_t *thing = home_of(b, kind, &slugs, at);
	if (thing == NULL) {
		complain_budget(&b->r, at);
		return;
	}
	b->r.project = slugs.count > 0 && strncmp(path, "projects/", 9) == 0 ?
	    slugs.at[0] : (struct span){ NULL, 0 };
	read_file(&b->r, kind_rows[kind].shape, path, b->r.files[i].bytes,
	    thing);
}

static void
check_files(struct building *b)
{
	const struct config *c = b->config;

	if (file_find(&b->r, "tagseal.yaml") == SIZE_MAX)
		complain(&b->r, (struct place){ "tagseal.yaml", 0, 0 },
		    ERR_CONFIG_FILE_MISSING, "the file is not there");
	for (size_t i = 0; i < c->projects.count; i++)
		if (c->projects.items[i].at.file == NULL)
			complain(&b->r, (struct place){ arena_printf(
			    b->r.errors->names, "projects/%s/project.yaml",
			    text_show(c->projects.items[i].slug).text), 0, 0 },
			    ERR_CONFIG_FILE_MISSING, "the file is not there");
	for (size_t i = 0; i < b->r.file_count; i++) {
		const char *path = b->r.files[i].path;

		if (!b->r.used[i] && config_knows(SPAN_TEXT(path)))
			complain(&b->r, (struct place){ path, 0, 0 },
			    ERR_CONFIG_FILE_UNKNOWN,
			    "no rule knows this file, and no file names it");
	}
}

/* ---- the order of things ---- */
#define BY_SLUG(type)							\
	static int							\
	type##_by_slug(const void *a, const void *b)			\
	{								\
		const struct type *x = a, *y = b;			\
									\
		return span_cmp(x->slug, y->slug);			\
	}								\
	struct by_slug_needs_a_semicolon
BY_SLUG(person);
BY_SLUG(group);
BY_SLUG(certificate);
BY_SLUG(build_system);
BY_SLUG(project);
BY_SLUG(policy);
BY_SLUG(artifact_configuration);

#define SORT(list, type)						\
	do {								\
		if ((list).count > 0)					\
			qsort((void *)(uintptr_t)(list).items,		\
			    (list).count, sizeof(*(list).items),	\
			    type##_by_slug);				\
	} while (0)

static void
sort_all(struct config *c)
{
	SORT(c->people, person);
	SORT(c->groups, group);
	SORT(c->certificates, certificate);
	SORT(c->build_systems, build_system);
	SORT(c->projects, project);
	for (size_t i = 0; i < c->projects.count; i++) {
		SORT(c->projects.items[i].policies, policy);
		SORT(c->projects.items[i].configurations,
		    artifact_configuration);
	}
}

#define FIND(list, type, wanted)					\
	((list).count == 0 ? NULL : bsearch(&(struct type){ .slug =	\
	    (wanted) }, (list).items, (list).count,			\
	    sizeof(*(list).items), type##_by_slug))

const struct person *
config_person(const struct config *c, struct span slug)
{
	return FIND(c->people, person, slug);
}

const struct group *
config_group(const struct config *c, struct span slug)
{
	return FIND(c->groups, group, slug);
}

const struct certificate *
config_certificate(const struct config *c, struct span slug)
{
	return FIND(c->certificates, certificate, slug);
}

const struct build_system *
config_build_system(const struct config *c, struct span slug)
{
	return FIND(c->build_systems, build_system, slug);
}

const struct project *
config_project(const struct config *c, struct span slug)
{
	return FIND(c->projects, project, slug);
}

const struct policy *
project_policy(const struct project *p, struct span slug)
{
	return FIND(p->policies, policy, slug);
}

const struct artifact_configuration *
project_configuration(const struct project *p, struct span slug)
{
	return FIND(p->configurations, artifact_configuration, slug);
}

static int
by_place(const void *a, const void *b)
{
	const struct config_error *x = a, *y = b;
	int order = strcmp(x->at.file, y->at.file);

	if (order != 0)
		return order;
	if (x->at.line != y->at.line)
		return x->at.line < y->at.line ? -1 : 1;
	return x->at.column < y->at.column ? -1 : x->at.column > y->at.column;
}

void
config_errors_sort(struct config_errors *errors)
{
	qsort(errors->items, errors->count, sizeof(*errors->items), by_place);
}

void
config_errors_print(FILE *out, const struct config_errors *errors, bool colour)
{
	for (size_t i = 0; i < errors->count; i++)
		err_print(out, &errors->items[i].e, colour);
}

/* Reads all, then looks at what lies between the files. */
static void
build(struct building *b)
{
	for (size_t i = 0; i < b->r.file_count; i++)
		take_file(b, i);
	check_files(b);
	sort_all(b->config);
	check_references(&b->r, b->config);
	if (b->r.errors->count == 0)
		groups_resolve(&b->r, b->config);
	if (b->r.errors->count == 0)
		check_soundness(&b->r, b->config);
}

bool
config_parse(const struct config_file *files, size_t count,
    struct config **out, struct config_errors *errors)
{
	struct building b = { .config = NULL };

	if (count > LIMIT_CONFIG_FILES) {
		struct err e;

		err_set(&e, ERR_CONFIG_SIZE, "%zu files, more than the %d of "
		    "a config repo", count, LIMIT_CONFIG_FILES);
		config_errors_add(errors, (struct place){ ".", 0, 0 }, &e);
		return false;
	}
	CLEANUP(free_done) struct config_file *sorted =
	    xcalloc(count, sizeof(*sorted));
	CLEANUP(config_done) struct config *config = xcalloc(1,
	    sizeof(*config));
	if (count > 0)
		memcpy(sorted, files, count * sizeof(*sorted));
	qsort(sorted, count, sizeof(*sorted), by_path);
	config->arena = arena_new(LIMIT_CONFIG_ARENA);
	b.config = config;
	reading_init(&b.r, config->arena, errors);
	b.r.files = sorted;
	b.r.file_count = count;
	b.r.used = xcalloc(count, sizeof(*b.r.used));
	build(&b);
	reading_done(&b.r);
	if (errors->count > 0) {
		config_errors_sort(errors);
		return false;
	}
	*out = TAKE(config);
	return true;
}
