/*
 * config - from the files of one commit to one model.
 */
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "config/parsed.h"
#include "config/reading.h"

/* A project's parts come from several files, in any order. */
struct building {
	struct reading		 r;
	struct config		*config;
	struct parsed_files	*files;
	struct config_file	*list;		/* the same, for r */
	size_t			 memory;	/* bytes, of all files so far */
};

/* Folders in which every file must have a meaning. */
static const char *const known_folders[] = {
	"people/", "groups/", "certificates/", "build-systems/", "projects/",
	"trust/", "alarms/",
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
	struct parsed_files files;

	if (c == NULL)
		return;
	files = (struct parsed_files){ c->files, c->file_count };
	parsed_files_done(&files);
	arena_free(c->arena);
	free(c);
}

static int
by_path(const void *a, const void *b)
{
	const struct config_file *x = a, *y = b;

	return strcmp(x->path, y->path);
}

static int
parsed_by_path(const void *a, const void *b)
{
	const struct parsed_file *const *x = a, *const *y = b;

	return strcmp((*x)->path, (*y)->path);
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
	[CONFIG_ACKNOWLEDGEMENT] = { offsetof(struct config, acknowledgements),
	    offsetof(struct acknowledgement, slug), false },
	[CONFIG_POLICY] = { offsetof(struct project, policies),
	    offsetof(struct policy, slug), true },
	[CONFIG_ARTIFACT] = { offsetof(struct project, configurations),
	    offsetof(struct artifact_configuration, slug), true },
};

/* Where what a file says goes. */
static uint8_t *
home_of(struct building *b, enum config_kind kind, const struct slugs *slugs)
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
	return list_push(&b->r,
	    (struct config_list *)(void *)(owner + homes[kind].list),
	    shape_rows[kind_rows[kind].shape].size);
}

/* A project has what other files said of it already. */
static void
project_put(struct project *p, const struct project *read)
{
	struct project whole = *read;

	whole.slug = p->slug;
	whole.policies.items = p->policies.items;
	whole.policies.count = p->policies.count;
	whole.configurations.items = p->configurations.items;
	whole.configurations.count = p->configurations.count;
	*p = whole;
}

/* What a file says joins the model. */
static bool
home_put(struct building *b, enum config_kind kind, const struct slugs *slugs,
    const void *thing)
{
	uint8_t *home = home_of(b, kind, slugs);

	if (home == NULL)
		return false;
	if (kind == CONFIG_PROJECT)
		project_put((struct project *)(void *)home, thing);
	else
		memcpy(home, thing, shape_rows[kind_rows[kind].shape].size);
	return true;
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

/* ---- one file ---- */

/* The struct for a file of a kind; its slug and place are set. */
static uint8_t *
thing_new(struct arena *arena, enum config_kind kind,
    const struct slugs *slugs, struct place at)
{
	uint8_t *thing = arena_alloc(arena,
	    shape_rows[kind_rows[kind].shape].size);

	if (thing == NULL || kind == CONFIG_ORGANIZATION ||
	    kind == CONFIG_PROJECT)
		return thing;
	memcpy(thing, &at, sizeof(at));
	memcpy(thing + homes[kind].slug, &slugs->at[slugs->count - 1],
	    sizeof(struct span));
	return thing;
}

/* Is a file to be read as it was, with the files that it names? */
static bool
is_read(const struct building *b, const struct parsed_file *f)
{
	for (size_t i = 0; i < f->named_count; i++) {
		size_t k = file_find(&b->r, f->named[i].path);

		if (k == SIZE_MAX || !span_eq(b->r.files[k].bytes,
		    f->named[i].bytes))
			return false;
	}
	return f->thing != NULL;
}

/* Reads a file into memory of its own. */
static void
parsed_read(struct building *b, struct parsed_file *f, enum config_kind kind,
    const struct slugs *slugs)
{
	struct place at = { f->path, 1, 1 };
	struct arena *whole = b->r.arena;
	uint8_t *thing = thing_new(f->arena, kind, slugs, at);

	if (thing == NULL)
		return;
	b->r.arena = f->arena;
	b->r.pending = NULL;
	b->r.named = NULL;
	b->r.pending_count = b->r.named_count = 0;
	read_file(&b->r, kind_rows[kind].shape, f->path, f->bytes, thing);
	b->r.arena = whole;
	f->thing = thing;
	f->pending = b->r.pending;
	f->pending_count = b->r.pending_count;
	f->named = b->r.named;
	f->named_count = b->r.named_count;
}

/* What was read for another state is read anew: that state still has it. */
static bool
parsed_renew(struct building *b, size_t i)
{
	struct parsed_file *old = b->files->items[i], *new;

	if (old->thing == NULL)
		return true;
	new = parsed_new(old->path, &old->id, old->bytes);
	if (new == NULL)
		return false;
	b->files->items[i] = new;
	b->list[i] = (struct config_file){ new->path, new->bytes };
	parsed_release(old);
	return true;
}

static void
mark_named(struct building *b, const struct parsed_file *f)
{
	for (size_t i = 0; i < f->named_count; i++)
		b->r.used[file_find(&b->r, f->named[i].path)] = true;
}

/* All files together may have as much memory as one model. */
static bool
count_memory(struct building *b, const struct parsed_file *f)
{
	b->memory += arena_used(f->arena);
	return b->memory <= LIMIT_CONFIG_ARENA ||
	    complain_budget(&b->r, (struct place){ f->path, 0, 0 });
}

/* Reads a file, unless it was read for another state. */
static struct parsed_file *
file_read(struct building *b, size_t i, enum config_kind *kind,
    struct slugs *slugs)
{
	bool read = is_read(b, b->files->items[i]);

	if (!read && !parsed_renew(b, i))
		return NULL;
	struct parsed_file *f = b->files->items[i];
	kind_of(f->path, kind, slugs);
	check_slugs(b, slugs, (struct place){ f->path, 1, 1 });
	b->r.project = slugs->count > 0 &&
	    strncmp(f->path, "projects/", 9) == 0 ? slugs->at[0] :
	    (struct span){ NULL, 0 };
	if (read)
		mark_named(b, f);
	else
		parsed_read(b, f, *kind, slugs);
	return f->thing == NULL ? NULL : f;
}

/* false: there is no memory for more. */
static bool
take_file(struct building *b, size_t i)
{
	struct parsed_file *f = b->files->items[i];
	struct slugs slugs;
	enum config_kind kind;

	if (!kind_of(f->path, &kind, &slugs))
		return count_memory(b, f);
	b->r.used[i] = true;
	f = file_read(b, i, &kind, &slugs);
	return (f != NULL && home_put(b, kind, &slugs, f->thing)) ?
	    count_memory(b, f) : complain_budget(&b->r,
	    (struct place){ b->r.files[i].path, 0, 0 });
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

		if (!b->r.used[i] && config_knows(SPAN_TEXT(path)) &&
		    !check_root(&b->r, &b->r.files[i]))
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
BY_SLUG(acknowledgement);
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
	SORT(c->acknowledgements, acknowledgement);
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

static void
check_names(struct building *b)
{
	for (size_t i = 0; i < b->files->count; i++)
		check_references(&b->r, b->config,
		    b->files->items[i]->pending,
		    b->files->items[i]->pending_count);
}

/* Reads all, then looks at what lies between the files. */
static void
build(struct building *b)
{
	for (size_t i = 0; i < b->r.file_count; i++)
		if (!take_file(b, i))
			return;
	check_files(b);
	sort_all(b->config);
	check_names(b);
	if (b->r.errors->count == 0)
		groups_resolve(&b->r, b->config);
	if (b->r.errors->count == 0)
		check_soundness(&b->r, b->config);
}

static bool
check_count(size_t count, struct config_errors *errors)
{
	struct err e;

	if (count <= LIMIT_CONFIG_FILES)
		return true;
	err_set(&e, ERR_CONFIG_SIZE, "%zu files, more than the %d of a config "
	    "repo", count, LIMIT_CONFIG_FILES);
	config_errors_add(errors, (struct place){ ".", 0, 0 }, &e);
	return false;
}

/* The files belong to the model from here on. */
static void
build_with(struct building *b, struct config_errors *errors)
{
	struct parsed_files *all = b->files;
	CLEANUP(free_done) struct config_file *files =
	    xcalloc(all->count, sizeof(*files));

	for (size_t i = 0; i < all->count; i++)
		files[i] = (struct config_file){ all->items[i]->path,
		    all->items[i]->bytes };
	b->config->arena = arena_new(LIMIT_CONFIG_ARENA);
	reading_init(&b->r, b->config->arena, errors);
	b->r.files = b->list = files;
	b->r.file_count = all->count;
	b->r.used = xcalloc(all->count, sizeof(*b->r.used));
	build(b);
	reading_done(&b->r);
	b->config->files = all->items;
	b->config->file_count = all->count;
	*all = (struct parsed_files){ NULL, 0 };
}

bool
config_build(struct parsed_files *all, struct config **out,
    struct config_errors *errors)
{
	CLEANUP(parsed_files_done) struct parsed_files files = *all;
	CLEANUP(config_done) struct config *config = xcalloc(1,
	    sizeof(*config));
	struct building b = { .config = config, .files = &files };

	*all = (struct parsed_files){ NULL, 0 };
	if (!check_count(files.count, errors))
		return false;
	if (files.count > 0)
		qsort(files.items, files.count, sizeof(*files.items),
		    parsed_by_path);
	build_with(&b, errors);
	if (errors->count > 0) {
		config_errors_sort(errors);
		return false;
	}
	*out = TAKE(config);
	return true;
}

bool
config_parse(const struct config_file *files, size_t count,
    struct config **out, struct config_errors *errors)
{
	CLEANUP(parsed_files_done) struct parsed_files all = { NULL, 0 };

	all.items = xcalloc(count, sizeof(*all.items));
	for (; all.count < count; all.count++) {
		const struct config_file *f = &files[all.count];

		all.items[all.count] = parsed_new(f->path, NULL, f->bytes);
		if (all.items[all.count] == NULL)
			break;
	}
	if (all.count == count)
		return config_build(&all, out, errors);
	struct err e;
	err_set(&e, ERR_LIMIT_MEMORY, "%s: the config repo needs more memory "
	    "than it may", files[all.count].path);
	config_errors_add(errors, (struct place){ files[all.count].path, 0,
	    0 }, &e);
	return false;
}
