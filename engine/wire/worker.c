/* worker - see worker.h. */
#include <signal.h>
#include <string.h>

#include "base/limits.h"
#include "wire/worker.h"

#define CERTIFICATES	1024	/* of one list of roots */
#define WANTED		(4 * LIMIT_ENTRIES) /* digests of one job */

const struct message_row worker_requests[] = {
	{ WORKER_JOB,		"job",		WORKER_FRESH,	JOB_FDS },
	{ WORKER_GO,		"go",		WORKER_SHOWN,	0 },
	{ WORKER_SEALED,	"sealed",	WORKER_WAITS,	0 },
	{ WORKER_ISSUED,	"issued",	WORKER_FORESEEN, 0 },
	WIRE_PART_ROW,
};
const size_t worker_request_count = COUNT(worker_requests);

const struct message_row worker_answers[] = {
	{ WORKER_TREE,		"tree",		CHANNEL_ANY,	0 },
	{ WORKER_LEVEL,		"level",	CHANNEL_ANY,	0 },
	{ WORKER_TIMESTAMPS,	"timestamps",	CHANNEL_ANY,	0 },
	{ WORKER_DONE,		"done",		CHANNEL_ANY,	0 },
	{ WORKER_FAILED,	"failed",	CHANNEL_ANY,	0 },
	WIRE_PART_ROW,
};
const size_t worker_answer_count = COUNT(worker_answers);

uint64_t
job_cpu(uint64_t size)
{
	return LIMIT_JOB_CPU(size);
}

int64_t
job_wait(uint64_t size)
{
	return (int64_t)(LIMIT_JOB_WAIT(size) * 1000);
}

/* Twice the artifact besides: its signed form, and what is packed again. */
uint64_t
job_file(const struct job *j, uint64_t size)
{
	uint64_t ratio, bytes;

	if (__builtin_add_overflow(j->limit_ratio, 2, &ratio) ||
	    __builtin_mul_overflow(size, ratio, &bytes) ||
	    __builtin_add_overflow(bytes, LIMIT_JOB_FILE, &bytes))
		return UINT64_MAX;
	return bytes;
}

bool
worker_died(const char *role, const struct process_end *end, struct err *e)
{
	bool parses = strcmp(role, "worker") == 0 ||
	    strcmp(role, "checker") == 0;
	bool killed = end->code < 0 &&
	    (end->signal == SIGKILL || end->signal == SIGTERM);
	enum err_code code = !parses ? ERR_PROCESS_DIED : killed ?
	    ERR_WORKER_LOST : ERR_WORKER_DIED;

	return err_set(e, code, "the %s ended before it was done: %s", role,
	    process_end_text(end).text);
}

static void
put_digest(struct buf *b, const struct digest *d)
{
	buf_u8(b, (uint8_t)d->kind);
	buf_str(b, digest_span(d));
}

static bool
get_digest(struct reader *r, struct digest *out)
{
	unsigned kind = rd_u8(r);
	struct span bytes = rd_str(r);

	if (!rd_ok(r) || kind >= DIGEST_KINDS ||
	    bytes.len != digest_rows[kind].size)
		return false;
	*out = (struct digest){ .kind = (enum digest_kind)kind,
	    .len = bytes.len };
	for (size_t i = 0; i < bytes.len; i++)
		out->bytes[i] = bytes.ptr[i];
	return true;
}

static void
put_to_be_signed(struct buf *b, const struct to_be_signed *t)
{
	buf_u8(b, (uint8_t)t->kind);
	if (signature_rows[t->kind].whole_message)
		buf_str(b, t->message);
	else
		put_digest(b, &t->digest);
}

static bool
get_to_be_signed(struct reader *r, struct arena *a, struct to_be_signed *out)
{
	unsigned kind = rd_u8(r);

	if (!rd_ok(r) || kind >= SIGNATURE_KINDS)
		return false;
	*out = (struct to_be_signed){ .kind = (enum signature_kind)kind };
	if (!signature_rows[kind].whole_message)
		return get_digest(r, &out->digest) &&
		    out->digest.kind == signature_rows[kind].digest;
	struct span message = rd_str(r);
	return rd_ok(r) && message.len <= LIMIT_SIGNED_MESSAGE &&
	    arena_copy(a, message, &out->message);
}

static void
put_identity(struct buf *b, const struct signing_identity *id)
{
	buf_str(b, id->certificate);
	wire_put_list(b, id->chain, id->chain_count);
	buf_u8(b, (uint8_t)id->kind);
	buf_u8(b, id->timestamp);
	buf_u8(b, (uint8_t)id->imprint);
}

static bool
get_identity(struct reader *r, struct arena *a, struct signing_identity *out,
    struct err *e)
{
	struct span *chain;

	if (!arena_copy(a, rd_str(r), &out->certificate))
		return err_budget(e, a);
	if (!wire_get_list(r, LIMIT_CERTIFICATES, a, &chain,
	    &out->chain_count, e))
		return false;
	unsigned kind = rd_u8(r), timestamp = rd_u8(r), imprint = rd_u8(r);
	if (!rd_ok(r) || kind >= SIGNATURE_KINDS || timestamp > 1 ||
	    imprint >= DIGEST_KINDS)
		return wire_malformed(e, "identity");
	out->chain = chain;
	out->kind = (enum signature_kind)kind;
	out->timestamp = timestamp == 1;
	out->imprint = (enum digest_kind)imprint;
	return true;
}

static void
put_issued(struct buf *b, const struct issued_item *items, size_t count)
{
	buf_u32be(b, (uint32_t)count);
	for (size_t i = 0; i < count; i++) {
		buf_str(b, items[i].path);
		put_to_be_signed(b, &items[i].to_be_signed);
		put_digest(b, &items[i].signature_sha256);
	}
}

static bool
get_issued(struct reader *r, struct arena *a, struct issued_item **out,
    size_t *out_count, struct err *e)
{
	size_t count = rd_u32be(r);

	if (!rd_ok(r) || count > LIMIT_ENTRIES)
		return wire_malformed(e, "issued");
	struct issued_item *items = ARENA_ARRAY(a, struct issued_item, count);
	if (items == NULL)
		return err_budget(e, a);
	for (size_t i = 0; i < count; i++) {
		if (!arena_copy(a, rd_str(r), &items[i].path))
			return err_budget(e, a);
		if (!get_to_be_signed(r, a, &items[i].to_be_signed) ||
		    !get_digest(r, &items[i].signature_sha256))
			return wire_malformed(e, "issued");
	}
	*out = items;
	*out_count = count;
	return true;
}

static void
put_wanted(struct buf *b, const struct digest *items, size_t count)
{
	buf_u32be(b, (uint32_t)count);
	for (size_t i = 0; i < count; i++)
		put_digest(b, &items[i]);
}

static bool
get_wanted(struct reader *r, struct arena *a, struct digest **out,
    size_t *out_count, struct err *e)
{
	size_t count = rd_u32be(r);

	if (!rd_ok(r) || count > WANTED)
		return wire_malformed(e, "wanted");
	struct digest *items = ARENA_ARRAY(a, struct digest, count);
	if (items == NULL)
		return err_budget(e, a);
	for (size_t i = 0; i < count; i++)
		if (!get_digest(r, &items[i]))
			return wire_malformed(e, "wanted");
	*out = items;
	*out_count = count;
	return true;
}

void
issued_write(const struct issued_item *items, size_t count, struct buf *b)
{
	put_issued(b, items, count);
}

bool
issued_read(struct span body, struct arena *a, struct issued_item **out,
    size_t *count, struct err *e)
{
	struct reader r = rd_open(body);

	return get_issued(&r, a, out, count, e) && (rd_end(&r) ||
	    wire_malformed(e, "issued"));
}

/* yes and no, as 1 and 0 and nothing else */
static bool
get_bool(struct reader *r, bool *out)
{
	unsigned v = rd_u8(r);

	*out = v == 1;
	return rd_ok(r) && v <= 1;
}

void
job_write(const struct job *j, struct buf *b)
{
	buf_u8(b, (uint8_t)j->verb);
	buf_str(b, j->name);
	buf_u64be(b, (uint64_t)j->now);
	buf_u64be(b, j->limit_entries);
	buf_u64be(b, j->limit_unpacked);
	buf_u64be(b, j->limit_ratio);
	buf_u32be(b, j->limit_depth);
	buf_str(b, j->configuration);
	buf_str(b, j->directive);
	put_identity(b, &j->identity);
	wire_put_list(b, j->roots, j->root_count);
	wire_put_list(b, j->timestamp_roots, j->timestamp_root_count);
	wire_put_list(b, j->revocations, j->revocation_count);
	wire_put_list(b, j->responses, j->response_count);
	buf_str(b, j->detached);
	buf_u32be(b, j->nested);
	buf_u8(b, j->undigested);
	buf_u8(b, j->early);
	buf_u8(b, j->lenient);
	buf_u8(b, j->told);
	buf_u8(b, j->copied);
	put_issued(b, j->issued, j->issued_count);
	put_wanted(b, j->wanted, j->wanted_count);
}

static bool
get_header(struct reader *r, struct arena *a, struct job *j, struct err *e)
{
	unsigned verb = rd_u8(r);

	if (!arena_copy(a, rd_str(r), &j->name))
		return err_budget(e, a);
	j->now = (int64_t)rd_u64be(r);
	j->limit_entries = rd_u64be(r);
	j->limit_unpacked = rd_u64be(r);
	j->limit_ratio = rd_u64be(r);
	j->limit_depth = rd_u32be(r);
	if (!arena_copy(a, rd_str(r), &j->configuration) ||
	    !arena_copy(a, rd_str(r), &j->directive))
		return err_budget(e, a);
	if (!rd_ok(r) || verb >= JOB_VERBS)
		return wire_malformed(e, "job");
	j->verb = (enum job_verb)verb;
	return true;
}

bool
job_read(struct span body, struct arena *a, struct job *out, struct err *e)
{
	struct reader r = rd_open(body);
	struct job j = { 0 };

	if (!get_header(&r, a, &j, e) ||
	    !get_identity(&r, a, &j.identity, e) ||
	    !wire_get_list(&r, CERTIFICATES, a, &j.roots, &j.root_count, e) ||
	    !wire_get_list(&r, CERTIFICATES, a, &j.timestamp_roots,
	    &j.timestamp_root_count, e) ||
	    !wire_get_list(&r, LIMIT_REVOCATION_LISTS, a, &j.revocations,
	    &j.revocation_count, e) ||
	    !wire_get_list(&r, LIMIT_OCSP_RESPONSES, a, &j.responses,
	    &j.response_count, e))
		return false;
	if (!arena_copy(a, rd_str(&r), &j.detached))
		return err_budget(e, a);
	j.nested = rd_u32be(&r);
	if (!get_bool(&r, &j.undigested) || !get_bool(&r, &j.early) ||
	    !get_bool(&r, &j.lenient) ||
	    !get_bool(&r, &j.told) || !get_bool(&r, &j.copied))
		return wire_malformed(e, "job");
	if (!get_issued(&r, a, &j.issued, &j.issued_count, e) ||
	    !get_wanted(&r, a, &j.wanted, &j.wanted_count, e))
		return false;
	if (!rd_end(&r))
		return wire_malformed(e, "job");
	*out = j;
	return true;
}

void
level_write(const struct level *l, struct buf *b)
{
	buf_u32be(b, l->number);
	buf_u32be(b, (uint32_t)l->count);
	for (size_t i = 0; i < l->count; i++) {
		buf_str(b, l->items[i].path);
		put_to_be_signed(b, &l->items[i].to_be_signed);
		buf_u8(b, l->items[i].timestamp);
		buf_u8(b, (uint8_t)l->items[i].imprint);
		buf_str(b, l->items[i].value);
	}
}

static bool
get_level_item(struct reader *r, struct arena *a, struct level_item *out,
    struct err *e)
{
	if (!arena_copy(a, rd_str(r), &out->path))
		return err_budget(e, a);
	if (!get_to_be_signed(r, a, &out->to_be_signed))
		return wire_malformed(e, "level");
	unsigned timestamp = rd_u8(r), imprint = rd_u8(r);
	if (!rd_ok(r) || timestamp > 1 || imprint >= DIGEST_KINDS)
		return wire_malformed(e, "level");
	out->timestamp = timestamp == 1;
	out->imprint = (enum digest_kind)imprint;
	return arena_copy(a, rd_str(r), &out->value) || err_budget(e, a);
}

bool
level_read(struct span body, struct arena *a, struct level *out,
    struct err *e)
{
	struct reader r = rd_open(body);
	struct level l = { .number = rd_u32be(&r), .count = rd_u32be(&r) };

	if (!rd_ok(&r) || l.count > LIMIT_ENTRIES)
		return wire_malformed(e, "level");
	l.items = ARENA_ARRAY(a, struct level_item, l.count);
	if (l.items == NULL)
		return err_budget(e, a);
	for (size_t i = 0; i < l.count; i++)
		if (!get_level_item(&r, a, &l.items[i], e))
			return false;
	if (!rd_end(&r))
		return wire_malformed(e, "level");
	*out = l;
	return true;
}

void
sealed_write(const struct sealed_item *items, size_t count, struct buf *b)
{
	buf_u32be(b, (uint32_t)count);
	for (size_t i = 0; i < count; i++) {
		buf_str(b, items[i].signature);
		buf_str(b, items[i].request);
		buf_str(b, items[i].reply);
	}
}

bool
sealed_read(struct span body, struct arena *a, struct sealed_item **out,
    size_t *count, struct err *e)
{
	struct reader r = rd_open(body);
	size_t n = rd_u32be(&r);

	if (!rd_ok(&r) || n > LIMIT_ENTRIES)
		return wire_malformed(e, "sealed");
	struct sealed_item *items = ARENA_ARRAY(a, struct sealed_item, n);
	if (items == NULL)
		return err_budget(e, a);
	for (size_t i = 0; i < n; i++)
		if (!arena_copy(a, rd_str(&r), &items[i].signature) ||
		    !arena_copy(a, rd_str(&r), &items[i].request) ||
		    !arena_copy(a, rd_str(&r), &items[i].reply))
			return err_budget(e, a);
	if (!rd_end(&r))
		return wire_malformed(e, "sealed");
	*out = items;
	*count = n;
	return true;
}

void
timestamps_write(const struct bad_timestamp *items, size_t count,
    struct buf *b)
{
	buf_u32be(b, (uint32_t)count);
	for (size_t i = 0; i < count; i++) {
		buf_u32be(b, items[i].item);
		wire_put_err(b, &items[i].err);
	}
}

bool
timestamps_read(struct span body, struct arena *a, struct bad_timestamp **out,
    size_t *count, struct err *e)
{
	struct reader r = rd_open(body);
	size_t n = rd_u32be(&r);

	if (!rd_ok(&r) || n > LIMIT_ENTRIES)
		return wire_malformed(e, "timestamps");
	struct bad_timestamp *items = ARENA_ARRAY(a, struct bad_timestamp, n);
	if (items == NULL)
		return err_budget(e, a);
	for (size_t i = 0; i < n; i++) {
		items[i].item = rd_u32be(&r);
		if (!wire_get_err(&r, &items[i].err))
			return wire_malformed(e, "timestamps");
	}
	if (!rd_end(&r))
		return wire_malformed(e, "timestamps");
	*out = items;
	*count = n;
	return true;
}

void
result_write(const struct job_result *d, struct buf *b)
{
	buf_u64be(b, d->size);
	put_digest(b, &d->sha256);
	buf_u8(b, d->yes);
	buf_u8(b, d->nothing);
	buf_str(b, d->json);
}

bool
result_read(struct span body, struct arena *a, struct job_result *out,
    struct err *e)
{
	struct reader r = rd_open(body);
	struct job_result d = { .size = rd_u64be(&r) };

	if (!get_digest(&r, &d.sha256))
		return wire_malformed(e, "done");
	unsigned yes = rd_u8(&r), nothing = rd_u8(&r);
	struct span json = rd_str(&r);
	if (!rd_end(&r) || yes > 1 || nothing > 1)
		return wire_malformed(e, "done");
	if (!arena_copy(a, json, &d.json))
		return err_budget(e, a);
	d.yes = yes == 1;
	d.nothing = nothing == 1;
	*out = d;
	return true;
}
