/* desk - see desk.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "crypto/oid.h"
#include "judge/desk.h"
#include "judge/dossier.h"
#include "judge/notices.h"
#include "judge/sites.h"
#include "sys/clock.h"
#include "sys/file.h"
#include "wire/worker.h"

#define SETTINGS_MEMORY	(8 * SETTINGS_LIMIT)
#define ORDER_TIME	60000	/* ms for all of a message */
#define SPAWN_TIME	60000	/* ms for the supervisor to start something */
#define END_TIME	FATE_PATIENCE	/* for a servant that is done */
#define DYING		2000	/* ms from the channel's end to the servant's */
#define URL_DIGITS	20	/* of the name of a mirror */

static bool
folder_of(struct desk *d, const char *name, const char **out, struct err *e)
{
	*out = arena_printf(d->arena, "%.*s/%s", (int)d->given.state.len,
	    (const char *)d->given.state.ptr, name);
	return *out != NULL || err_budget(e, d->arena);
}

bool
desk_open(struct desk *d, struct span settings, struct err *e)
{
	d->arena = arena_new(SETTINGS_MEMORY);
	d->config_refs_arena = arena_new(LIMIT_TREE_MEMORY);
	memory_init(&d->memory);
	if (!judge_settings_read(settings, d->arena, &d->given, e) ||
	    !folder_of(d, "ledger.git", &d->store, e) ||
	    !folder_of(d, "results", &d->results, e) ||
	    !folder_of(d, "scratch", &d->scratch, e))
		return false;
	d->log = (struct log){ .fd = 2, .process = "judge",
	    .json = d->given.role.json, .least = LOG_LEVEL_INFO,
	    .now = clock_now };
	return true;
}

static void
servant_drop(struct servant *s)
{
	channel_done(&s->channel);
	s->channel.fd = -1;
}

void
desk_done(struct desk *d)
{
	notices_free(d);
	dossiers_free(d);
	sites_free(d);
	record_free(d->record);
	chain_free(d->chain);
	repository_free(d->config_repo);
	servant_drop(&d->verifier);
	memory_done(&d->memory);
	stamp_memory_free(d->stamps);
	channel_done(&d->courier);
	channel_done(&d->signer);
	seat_done(&d->seat);
	arena_free(d->config_refs_arena);
	arena_free(d->arena);
}

/* ---- orders ---- */

static bool
on_link(struct desk *d, struct order *o, struct err *e)
{
	const struct {
		const char		 *peer;
		struct channel		 *channel;
		const struct message_row *rows;
		size_t			  count;
	} peers[] = {
		{ "courier", &d->courier, courier_answers,
		    courier_answer_count },
		{ "signer", &d->signer, signer_answers, signer_answer_count },
	};

	for (size_t i = 0; i < COUNT(peers); i++) {
		if (strcmp(peers[i].peer, o->peer) != 0)
			continue;
		channel_done(peers[i].channel);
		*peers[i].channel = channel_open(o->fd, peers[i].peer,
		    peers[i].rows, peers[i].count);
		d->signer_is_new |= peers[i].channel == &d->signer;
		return true;
	}
	fd_done(&o->fd);
	return err_set(e, ERR_PROCESS_PROTOCOL, "the judge has nothing to say "
	    "to a '%s'", text_show(span_text(o->peer)).text);
}

static bool
order_do(struct desk *d, struct order *o, struct err *e)
{
	switch (o->kind) {
	case ORDER_LINK:
		return on_link(d, o, e);
	case ORDER_STOP:
		d->stopped = true;
		return true;
	case ORDER_SETTINGS:
		break;
	}
	fd_done(&o->fd);
	return err_set(e, ERR_PROCESS_PROTOCOL, "settings came twice");
}

bool
desk_orders(struct desk *d, int64_t deadline, struct err *e)
{
	struct watch w = { .fd = d->seat.supervisor.fd };
	struct order o;
	size_t ready;

	while (!d->stopped) {
		if (!seat_waiting(&d->seat)) {
			if (!watch_wait(&w, 1, deadline, &ready, e))
				return false;
			if (ready == 0)
				return true;
		}
		if (!seat_order(&d->seat, &o, clock_in(ORDER_TIME), e) ||
		    !order_do(d, &o, e))
			return false;
		deadline = clock_in(0);
	}
	return true;
}

bool
desk_linked(struct desk *d, int64_t deadline, struct err *e)
{
	while (!d->stopped && (d->courier.fd < 0 || d->signer.fd < 0)) {
		if (clock_left(deadline) == 0)
			return err_set(e, ERR_PROCESS_DIED, "the %s is not "
			    "there", d->courier.fd < 0 ? "courier" : "signer");
		if (!desk_orders(d, deadline, e))
			return false;
	}
	return true;
}

/* Neither says anything unasked: one that can be read is at its end. */
bool
desk_mend(struct desk *d, const struct err *failure, struct err *e)
{
	struct watch w[] = { { .fd = d->courier.fd }, { .fd = d->signer.fd } };
	struct channel *channels[] = { &d->courier, &d->signer };
	size_t ready;

	if (err_is(failure, ERR_CHANNEL_TIMEOUT)) {
		*e = *failure;
		return false;
	}
	if (!watch_wait(w, COUNT(w), clock_in(0), &ready, e))
		return false;
	for (size_t i = 0; i < COUNT(w); i++)
		if (w[i].ready) {
			channel_done(channels[i]);
			channels[i]->fd = -1;
		}
	return true;
}

/* ---- servants ---- */

bool
desk_spawn(struct desk *d, const char *role, const struct message_row *rows,
    size_t count, struct servant *out, struct err *e)
{
	int fd;

	if (!seat_spawn(&d->seat, role, &fd, &out->number,
	    clock_in(SPAWN_TIME), e))
		return false;
	out->channel = channel_open(fd, role, rows, count);
	return true;
}

bool
servant_end(struct desk *d, struct servant *s, const char *role,
    bool is_done, struct err *e)
{
	uint32_t patience = is_done ? END_TIME :
	    err_is(e, ERR_CHANNEL_CLOSED) ? DYING : 0;
	struct process_end end;
	struct err unasked;

	servant_drop(s);
	if (!seat_fate(&d->seat, s->number, patience, &end,
	    clock_in(SPAWN_TIME), is_done ? e : &unasked))
		return false;
	/* A servant's own error says more than that it ended. */
	if (is_done ? end.code == 0 : !err_is(e, ERR_CHANNEL_CLOSED))
		return is_done;
	return worker_died(role, &end, e);
}

/* ---- the courier ---- */

bool
desk_ask(struct desk *d, enum courier_message request,
    enum courier_message due, struct span body, int fd, struct buf *answer,
    struct err *e)
{
	const struct stream_question q = { (uint8_t)request, (uint8_t)due,
	    COURIER_FAILED, COURIER_MESSAGE_LIMIT, DESK_PATIENCE, &fd,
	    fd < 0 ? 0 : 1 };

	if (d->courier.fd < 0)
		return err_set(e, ERR_PROCESS_DIED, "the courier is not "
		    "there");
	return stream_ask(&d->courier, &q, body, answer, e);
}

const char *
desk_mirror(struct desk *d, struct arena *a, const char *slug, struct err *e)
{
	const char *path = arena_printf(a, "%.*s/%s.git",
	    (int)d->given.mirrors.len, (const char *)d->given.mirrors.ptr,
	    slug);

	if (path == NULL)
		err_budget(e, a);
	return path;
}

void
mirror_slug(struct span url, char out[MIRROR_SLUG])
{
	struct digest hash = digest_of(DIGEST_SHA256, url);

	snprintf(out, MIRROR_SLUG, "r-%.*s", URL_DIGITS,
	    digest_hex(&hash).text);
}

static int
ref_compare(const void *a, const void *b)
{
	const struct ref *x = a, *y = b;

	return span_cmp(x->name, y->name);
}

void
refs_sort(struct ref_list *l)
{
	qsort(l->items, l->count, sizeof(*l->items), ref_compare);
}

/* One name with two ids is none: it would be seen for the first time twice. */
static bool
each_once(const struct ref_list *l)
{
	for (size_t i = 1; i < l->count; i++)
		if (span_eq(l->items[i - 1].name, l->items[i].name))
			return false;
	return true;
}

/* A ref that is gone (all zero) is not in the list. */
static bool
refs_of(const struct moved_ref *moved, size_t count, struct arena *a,
    struct ref_list *out, struct err *e)
{
	out->count = 0;
	out->items = ARENA_ARRAY(a, struct ref, count + 1);
	if (out->items == NULL)
		return err_budget(e, a);
	for (size_t i = 0; i < count; i++) {
		struct ref *r = &out->items[out->count];

		if (!object_id_parse(moved[i].after, &r->id))
			return wire_malformed(e, "fetched");
		r->name = moved[i].name;
		out->count += !object_id_zero(&r->id);
	}
	refs_sort(out);
	return each_once(out) || wire_malformed(e, "fetched");
}

void
fetch_body(const char *slug, const struct span *urls, size_t url_count,
    struct span credential, struct buf *out)
{
	CLEANUP(free_done) struct span *copy = xcalloc(url_count + 1,
	    sizeof(*copy));

	for (size_t i = 0; i < url_count; i++)
		copy[i] = urls[i];
	fetch_write(&(struct fetch_request){ .mirror = span_text(slug),
	    .urls = copy, .url_count = url_count, .credential = credential,
	    .all = true }, out);
}

bool
fetch_refs(struct span answer, struct arena *a, struct ref_list *out,
    struct err *e)
{
	struct moved_ref *moved;
	size_t count;

	return fetched_read(answer, a, &moved, &count, e) &&
	    refs_of(moved, count, a, out, e);
}

bool
desk_fetch(struct desk *d, const char *slug, const struct span *urls,
    size_t url_count, struct span credential, struct arena *a,
    struct ref_list *out, struct err *e)
{
	CLEANUP(buf_done) struct buf body = { 0 }, answer = { 0 };

	fetch_body(slug, urls, url_count, credential, &body);
	return desk_ask(d, COURIER_FETCH, COURIER_FETCHED, buf_span(&body), -1,
	    &answer, e) && fetch_refs(buf_span(&answer), a, out, e);
}

const struct ref *
refs_find(const struct ref_list *l, struct span name)
{
	const struct ref key = { .name = name };

	return l->count == 0 ? NULL : bsearch(&key, l->items, l->count,
	    sizeof(key), ref_compare);
}

bool
refs_below(const struct ref_list *l, struct span prefix, struct arena *a,
    struct ref_list *out, struct err *e)
{
	struct span head;

	*out = (struct ref_list){ ARENA_ARRAY(a, struct ref, l->count + 1),
	    0 };
	if (out->items == NULL)
		return err_budget(e, a);
	for (size_t i = 0; i < l->count; i++)
		if (span_cut(l->items[i].name, 0, prefix.len, &head) &&
		    span_eq(head, prefix))
			out->items[out->count++] = l->items[i];
	return true;
}

/* ---- timestamp authorities ---- */

static void
on_passed(void *arg, struct span url, const struct err *why)
{
	const struct desk *d = arg;
	struct err e = *why;

	err_at(&e, "%s", text_show(url).text);
	log_err(&d->log, "timestamp.passed-over", &e);
}

/* The form of a policy: one of those that are known, or another one. */
static bool
form_of(struct span policy, struct arena *a, struct span *known,
    uint32_t *count, uint32_t *form, struct err *e)
{
	CLEANUP(buf_done) struct buf oid = { 0 };

	if (policy.len > 0 && !oid_write(policy, &oid))
		return err_set(e, ERR_CONFIG_VALUE, "policy \"%s\" of a "
		    "timestamp authority is no object identifier",
		    text_show(policy).text);
	for (*form = 0; *form < *count; ++*form)
		if (span_eq(known[*form], buf_span(&oid)))
			return true;
	++*count;
	return arena_copy(a, buf_span(&oid), &known[*form]) ||
	    err_budget(e, a);
}

bool
desk_circle(struct desk *d, struct arena *a, struct stamp_circle *out,
    struct err *e)
{
	const struct organization *o = &chain_config(d->chain)->organization;
	struct stamp_authority *all = ARENA_ARRAY(a, struct stamp_authority,
	    STAMP_AUTHORITIES);
	struct span *oids = ARENA_ARRAY(a, struct span, STAMP_AUTHORITIES);
	uint32_t n = 0, forms = 0;

	if (all == NULL || oids == NULL)
		return err_budget(e, a);
	for (; n < o->timestamp_authorities.count && n < STAMP_AUTHORITIES;
	    n++) {
		const struct timestamp_authority *one =
		    &o->timestamp_authorities.items[n];

		all[n] = (struct stamp_authority){ .url = one->url,
		    .at_once = one->at_once < UINT32_MAX ?
		    (uint32_t)one->at_once : UINT32_MAX,
		    .private_addresses = one->private_address };
		if (!form_of(one->policy, a, oids, &forms, &all[n].form, e))
			return false;
	}
	if (d->stamps == NULL)
		d->stamps = memory_of_stamps();
	*out = (struct stamp_circle){ .authorities = all, .count = n,
	    .policies = { oids, forms }, .memory = d->stamps,
	    .passed = on_passed, .arg = d };
	return true;
}
