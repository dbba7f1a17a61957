/* log - see log.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/text.h"
#include "git/tree.h"
#include "ledger/crew.h"

#define EVENT_NUMBERS	((uint64_t)1 << 24)	/* events/hh/hh/hh */
#define LEDGER_ARENA	((size_t)16 << 20)	/* bytes: format and keys */

struct ledger *
ledger_new(struct repository *repo, const struct ledger_trust *trust,
    const struct ledger_reader *reader)
{
	struct ledger *l = xcalloc(1, sizeof(*l));

	l->repo = repo;
	l->trust = *trust;
	if (reader != NULL)
		l->reader = *reader;
	l->arena = arena_new(LEDGER_ARENA);
	return l;
}

void
ledger_free(struct ledger *l)
{
	if (l == NULL)
		return;
	arena_free(l->arena);
	merkle_tree_done(&l->tree);
	buf_done(&l->checkpoint);
	free(l);
}

const struct object_id *
ledger_head(const struct ledger *l)
{
	return l->commits > 0 ? &l->head : NULL;
}

uint64_t
ledger_size(const struct ledger *l)
{
	return l->tree.size;
}

struct merkle_hash
ledger_root(const struct ledger *l, uint64_t size)
{
	return merkle_tree_root(&l->tree, size);
}

uint64_t
ledger_commits(const struct ledger *l)
{
	return l->commits;
}

int64_t
ledger_last_time(const struct ledger *l)
{
	return l->last_time;
}

const struct ledger_format *
ledger_format(const struct ledger *l)
{
	return l->commits > 0 ? &l->format : NULL;
}

const struct engines *
ledger_engines(const struct ledger *l)
{
	return &l->engines;
}

struct span
ledger_checkpoint(const struct ledger *l)
{
	return buf_span(&l->checkpoint);
}

uint64_t
ledger_checkpoint_size(const struct ledger *l)
{
	return l->checkpoint_size;
}

const struct merkle_tree *
ledger_tree(const struct ledger *l)
{
	return &l->tree;
}

bool
ledger_event_path(uint64_t n, char out[LEDGER_PATH_SIZE])
{
	if (n >= EVENT_NUMBERS)
		return false;
	snprintf(out, LEDGER_PATH_SIZE, "events/%02x/%02x/%02x",
	    (unsigned)(n >> 16), (unsigned)(n >> 8 & 0xff),
	    (unsigned)(n & 0xff));
	return true;
}

bool
ledger_read_file(struct ledger *l, const struct object_id *tree,
    const char *path, uint64_t limit, struct buf *out, struct err *e)
{
	struct tree_entry entry;

	return tree_lookup(l->repo, tree, span_text(path), &entry, e) &&
	    object_read(l->repo, &entry.id, OBJECT_BLOB, limit, out, e);
}

bool
ledger_event(struct ledger *l, uint64_t n, struct buf *out, struct err *e)
{
	char path[LEDGER_PATH_SIZE];

	if (n >= ledger_size(l) || !ledger_event_path(n, path))
		return err_set(e, ERR_LEDGER_NO_EVENT, "the ledger has %llu "
		    "events, and no number %llu",
		    (unsigned long long)ledger_size(l), (unsigned long long)n);
	return ledger_read_file(l, &l->tree_id, path, LIMIT_EVENT, out, e);
}

void
ledger_blob_path(struct span hex, char out[LEDGER_PATH_SIZE])
{
	snprintf(out, LEDGER_PATH_SIZE, "blobs/sha256/%.2s/%.2s/%.*s",
	    (const char *)hex.ptr, (const char *)span_from(hex, 2).ptr,
	    (int)hex.len - 4, (const char *)span_from(hex, 4).ptr);
}

bool
ledger_event_read(struct ledger *l, uint64_t n, struct buf *bytes,
    struct json **json, struct event *out, struct err *e)
{
	return ledger_event(l, n, bytes, e) &&
	    event_parse(buf_span(bytes), n, json, out, e);
}

bool
ledger_blob(struct ledger *l, struct span hex, struct buf *out,
    struct err *e)
{
	uint8_t raw[32];
	char path[LEDGER_PATH_SIZE];

	if (!text_unhex(hex, raw, sizeof(raw)))
		return err_set(e, ERR_LEDGER_BLOB, "\"%s\" is no SHA-256",
		    text_show(hex).text);
	ledger_blob_path(hex, path);
	return ledger_read_file(l, &l->tree_id, path, LIMIT_LEDGER_BLOB, out,
	    e) ||
	    err_set(e, ERR_LEDGER_BLOB, "%s is not there", path);
}

void
ledger_threads(struct ledger *l, unsigned count)
{
	long processors = count > 0 ? (long)count :
	    sysconf(_SC_NPROCESSORS_ONLN);

	l->threads = processors < 1 ? 1 : (unsigned)processors;
}

void
ledger_survey_with(struct ledger *l, const struct ledger_survey *s)
{
	l->survey = *s;
}

struct ledger_sound
ledger_sound(const struct ledger *l)
{
	return (struct ledger_sound){ l->sound_commits, l->sound_size,
	    merkle_tree_root(&l->tree, l->sound_size) };
}

uint64_t
ledger_faults(const struct ledger *l)
{
	return l->faults;
}

/* ---- reading on */

/* Says of a commit what is wrong; a survey may go on to its first parent. */
static bool
chain_fault(struct ledger *l, const struct object_id *id, struct err *why,
    struct err *e)
{
	struct ledger_fault f = { .err = *why, .in_commit = true,
	    .commit = *id };

	return ledger_fault(l, &f, e);
}

static void
name_put(struct buf *names, const struct object_id *id,
    const struct object_id *tree)
{
	buf_put(names, (struct span){ id->bytes, OBJECT_ID_SIZE });
	buf_put(names, (struct span){ tree->bytes, OBJECT_ID_SIZE });
}

/* Adds one commit to the names; *id becomes its parent, *last: it has none. */
static bool
collect_one(struct ledger *l, struct object_id *id, struct buf *names,
    bool *last, struct err *e)
{
	CLEANUP(arena_done) struct arena *a = arena_new(COMMIT_ARENA);
	struct commit_object c;
	struct err why;

	if (names->len / sizeof(struct commit_name) >= LIMIT_LEDGER_COMMITS)
		return err_set(e, ERR_LEDGER_ORDER, "more than %d commits",
		    LIMIT_LEDGER_COMMITS);
	if (!reading_commit(l->repo, id, a, &c, &why)) {
		*last = true;
		return chain_fault(l, id, &why, e);
	}
	if (c.parent_count > 1) {
		err_set(&why, ERR_LEDGER_ORDER, "a merge");
		if (!chain_fault(l, id, &why, e))
			return false;
	}
	name_put(names, id, &c.tree);
	*last = c.parent_count == 0;
	if (!*last)
		*id = c.parents[0];
	return true;
}

static bool
is_head(const struct ledger *l, const struct object_id *id)
{
	return l->commits > 0 && object_id_eq(&l->head, id);
}

/* The commits between where we stand and the new head, newest first. */
static bool
collect(struct ledger *l, const struct object_id *head, struct buf *names,
    struct err *e)
{
	struct object_id id = *head;
	bool last = false;

	while (!last && !is_head(l, &id))
		if (!collect_one(l, &id, names, &last, e))
			return false;
	if (l->commits > 0 && !is_head(l, &id))
		return err_set(e, ERR_LEDGER_REWIND, "%s does not come after "
		    "%s", object_id_hex(head).text,
		    object_id_hex(&l->head).text);
	return true;
}

/* The first commit says what the others are read by. */
static bool
take_genesis(struct ledger *l, const struct commit_name *name, struct err *e)
{
	struct reading r = { .repo = l->repo, .format = &l->format,
	    .id = name->id, .genesis = true,
	    .survey = l->survey.fault != NULL };
	struct err why;

	if (!ledger_genesis_format(l, &name->tree, &why)) {
		struct ledger_fault f = reading_fault(&r);

		f.err = why;
		fault_path(&f, span_text("format"));
		return fault_tell(&f, e);
	}
	reading_make(&r);
	bool good = ledger_commit_take(l, &r, e);
	reading_end(&r);
	return good;
}

static bool
take_all(struct ledger *l, const struct buf *names, struct err *e)
{
	size_t count = names->len / sizeof(struct commit_name);
	const struct commit_name *name;
	CLEANUP(crew_done) struct crew *crew = NULL;
	bool good = true;

	if (count > 0 && l->commits == 0) {
		name = ledger_name_at(names, --count);
		if (!take_genesis(l, name, e))
			return false;
	}
	if (count == 0)
		return true;
	crew = crew_new(l, names, count);
	for (size_t i = 0; good && i < count; i++) {
		struct reading *r = crew_next(crew);

		good = ledger_commit_take(l, r, e);
		crew_release(crew, r);
	}
	return good;
}

/* A ledger that ends before the pin is as bad as one that is another. */
static bool
check_size(struct ledger *l, struct err *e)
{
	struct ledger_fault f = { .n = 0 };

	if (l->tree.size >= l->trust.pin.size)
		return true;
	fault_numbers(&f, l->trust.pin.size, l->tree.size);
	err_set(&f.err, ERR_LEDGER_REWIND, "the ledger has %llu events, %llu "
	    "were seen before", (unsigned long long)l->tree.size,
	    (unsigned long long)l->trust.pin.size);
	return ledger_fault(l, &f, e);
}

bool
ledger_advance(struct ledger *l, const struct object_id *head,
    struct err *e)
{
	CLEANUP(buf_done) struct buf names = { 0 };

	return collect(l, head, &names, e) && take_all(l, &names, e) &&
	    check_size(l, e);
}
