/* expiring: what is due by what the ledger told, and never twice. */
#include <string.h>

#include "base/text.h"
#include "crypto/pem.h"
#include "judge/expiring.h"
#include "ledger/story.h"
#include "organization.h"
#include "pki.h"
#include "test.h"

#define ONE	"6f1c0d2e-0000-4000-8000-000000000001"
#define TWO	"6f1c0d2e-0000-4000-8000-000000000002"
#define COMMIT	"1111111111111111111111111111111111111111"
#define DAY	EXPIRY_DAY
#define X509	"kind: x509\npurpose: release\nkey: \"pkcs11:object=r\"\n" \
		"certificate: release.pem\n"

/* A ledger of events, and what an engine knows that has read it. */
struct world {
	struct organization_files	files;
	struct buf			events[160];
	size_t				count;
	struct memory			memory;
};

static int
world_open(void **state)
{
	struct world *w = xcalloc(1, sizeof(*w));

	organization_init(&w->files);
	organization_put(&w->files, "certificates/release.yaml", X509);
	memory_init(&w->memory);
	*state = w;
	return 0;
}

static int
world_close(void **state)
{
	struct world *w = *state;

	for (size_t i = 0; i < w->count; i++)
		buf_done(&w->events[i]);
	memory_done(&w->memory);
	organization_done(&w->files);
	free(w);
	return 0;
}

static void
read_event(struct world *w, size_t n)
{
	CLEANUP(json_done) struct json *json = NULL;
	struct event ev;
	struct err e;

	assert_ok(event_parse(buf_span(&w->events[n]), n, &json, &ev, &e),
	    &e);
	assert_ok(memory_event(&w->memory, &ev, &e), &e);
}

/* An engine that starts again knows what is in the ledger, no more. */
static void
start_again(struct world *w)
{
	memory_done(&w->memory);
	memory_init(&w->memory);
	for (size_t i = 0; i < w->count; i++)
		read_event(w, i);
}

static void
put_pem(struct world *w, const char *subject, int days)
{
	CLEANUP(buf_done) struct buf pem = { 0 };
	struct pki made;

	pki_make(&(struct pki_terms){ .subject = subject, .from = PKI_NOW,
	    .to = PKI_NOW + days * DAY }, &made);
	pem_write("CERTIFICATE", buf_span(&made.der), &pem);
	organization_put(&w->files, "certificates/release.pem",
	    buf_cstr(&pem));
	pki_done(&made);
}

static void
write_event(struct world *w, const char *engine, int64_t now,
    struct json *members)
{
	struct err e;

	json_put_text(members, "commit_id", COMMIT);
	assert_true(w->count < COUNT(w->events));
	assert_ok(event_make("certificate.expiring", w->count, now, engine,
	    members, &w->events[w->count], &e), &e);
	w->count++;
}

/* One pass of an engine, as so many days are gone; "60/75 7/5": what it told,
 * by threshold and days. */
static void
pass(struct world *w, const char *engine, int64_t now, const char *want)
{
	CLEANUP(config_done) struct config *c =
	    organization_config(&w->files);
	CLEANUP(arena_done) struct arena *a = arena_new(16 << 20);
	CLEANUP(buf_done) struct buf told = { 0 };
	const struct expiry_seen none = { NULL, 0 };
	struct json *members;
	struct expiries list;
	size_t at = 0;
	struct err e;

	assert_ok(expiry_list(c, &none, now, a, &list, &e), &e);
	while (expiring_next(&w->memory, &list, now, &at, &members) != NULL) {
		buf_printf(&told, "%s%lld/%lld", told.len > 0 ? " " : "",
		    (long long)json_integer_of(json_member(members,
		    "threshold")), (long long)json_integer_of(json_member(
		    members, "days")));
		write_event(w, engine, now, members);
		read_event(w, w->count - 1);
	}
	assert_string_equal(buf_cstr(&told), want);
}

static void
each_threshold_is_told_once(void **state)
{
	static const struct { int64_t left; const char *told; } days[] = {
		{ 91 * DAY, "" }, { 90 * DAY + 1, "" }, { 90 * DAY, "90/90" },
		{ 90 * DAY - 1, "" }, { 61 * DAY, "" },
		{ 60 * DAY, "60/60" }, { 59 * DAY, "" }, { 30 * DAY, "30/30" },
		{ 14 * DAY - 1, "14/13" }, { 7 * DAY, "7/7" }, { 2 * DAY, "" },
		{ DAY, "1/1" }, { 1000, "" }, { 0, "" }, { -1, "0/0" },
		{ -1000, "" }, { -400 * DAY, "" },
	};
	struct world *w = *state;

	put_pem(w, "leaf", 100);
	for (size_t i = 0; i < COUNT(days); i++)
		pass(w, ONE, PKI_NOW + 100 * DAY - days[i].left,
		    days[i].told);
}

static void
who_starts_again_tells_nothing_twice(void **state)
{
	struct world *w = *state;

	put_pem(w, "leaf", 100);
	pass(w, ONE, PKI_NOW + 20 * DAY, "90/80");
	start_again(w);
	pass(w, ONE, PKI_NOW + 20 * DAY, "");
	pass(w, ONE, PKI_NOW + 40 * DAY, "60/60");
	start_again(w);
	pass(w, ONE, PKI_NOW + 41 * DAY, "");
}

/* Both read one ledger: who comes second finds that it was told. */
static void
two_engines_tell_it_once(void **state)
{
	struct world *w = *state;

	put_pem(w, "leaf", 100);
	pass(w, ONE, PKI_NOW + 20 * DAY, "90/80");
	pass(w, TWO, PKI_NOW + 20 * DAY, "");
	pass(w, TWO, PKI_NOW + 40 * DAY, "60/60");
	pass(w, ONE, PKI_NOW + 40 * DAY, "");
	start_again(w);
	pass(w, TWO, PKI_NOW + 41 * DAY, "");
}

static void
of_those_that_were_missed_the_nearest_is_told(void **state)
{
	struct world *w = *state;

	put_pem(w, "leaf", 100);
	pass(w, ONE, PKI_NOW + 10 * DAY, "90/90");
	start_again(w);
	pass(w, ONE, PKI_NOW + 95 * DAY, "7/5");
	pass(w, ONE, PKI_NOW + 95 * DAY, "");
	start_again(w);
	pass(w, ONE, PKI_NOW + 300 * DAY, "0/0");
	pass(w, ONE, PKI_NOW + 301 * DAY, "");
}

/* A clock that goes back makes nothing new of what was told. */
static void
a_clock_that_goes_back_tells_nothing(void **state)
{
	struct world *w = *state;

	put_pem(w, "leaf", 100);
	pass(w, ONE, PKI_NOW + 99 * DAY, "1/1");
	pass(w, ONE, PKI_NOW + 50 * DAY, "");
	pass(w, ONE, PKI_NOW + 101 * DAY, "0/0");
}

static void
what_was_renewed_begins_anew(void **state)
{
	struct world *w = *state;

	put_pem(w, "leaf", 100);
	pass(w, ONE, PKI_NOW + 95 * DAY, "7/5");
	put_pem(w, "leaf", 465);
	pass(w, ONE, PKI_NOW + 95 * DAY, "");
	pass(w, ONE, PKI_NOW + 380 * DAY, "90/85");
	put_pem(w, "leaf", 100);	/* and back: that was told */
	pass(w, ONE, PKI_NOW + 96 * DAY, "");
}

static void
a_successor_in_time_keeps_it_quiet(void **state)
{
	struct world *w = *state;

	put_pem(w, "leaf", 100);
	organization_put(&w->files, "certificates/next.yaml", "kind: x509\n"
	    "purpose: release\nkey: \"pkcs11:object=n\"\ncertificate: "
	    "x.pem\n");
	organization_put(&w->files, "certificates/release.yaml", X509
	    "successor: {certificate: next, from: \"2026-04-01\"}\n");
	pass(w, ONE, PKI_NOW + 95 * DAY, "");
	pass(w, ONE, PKI_NOW + 105 * DAY, "");
	organization_put(&w->files, "certificates/release.yaml", X509
	    "successor: {certificate: next, from: \"2026-05-01\"}\n");
	pass(w, ONE, PKI_NOW + 95 * DAY, "7/5");
}

/* Who may change a file cannot fill the ledger by it; the soonest are told. */
static void
of_a_crowd_the_soonest_are_told(void **state)
{
	struct world *w = *state;
	CLEANUP(buf_done) struct buf pem = { 0 }, want = { 0 };

	for (int i = 0; i < EXPIRY_MOST + 3; i++) {
		struct pki made;

		pki_make(&(struct pki_terms){ .subject = "x", .from = PKI_NOW,
		    .to = PKI_NOW + (8 + i % 2) * DAY + i * 1000 }, &made);
		pem_write("CERTIFICATE", buf_span(&made.der), &pem);
		pki_done(&made);
	}
	organization_put(&w->files, "certificates/release.pem",
	    buf_cstr(&pem));
	for (int i = 0; i < EXPIRY_MOST; i++)
		buf_printf(&want, "%s14/%d", i > 0 ? " " : "",
		    8 + (i >= (EXPIRY_MOST + 4) / 2));
	pass(w, ONE, PKI_NOW, buf_cstr(&want));
	pass(w, ONE, PKI_NOW, "");
	/* Another thing is no part of that crowd. */
	organization_put(&w->files, "certificates/next.yaml", "kind: x509\n"
	    "purpose: release\nkey: \"pkcs11:object=n\"\ncertificate: "
	    "release.pem\n");
	pass(w, ONE, PKI_NOW, buf_cstr(&want));
}

static void
an_event_says_what_ends_and_who_follows(void **state)
{
	struct world *w = *state;
	CLEANUP(json_done) struct json *json = NULL;
	CLEANUP(buf_done) struct buf line = { 0 };
	struct event ev;
	struct err e;

	put_pem(w, "leaf", 100);
	organization_put(&w->files, "certificates/next.yaml", "kind: x509\n"
	    "purpose: release\nkey: \"pkcs11:object=n\"\ncertificate: "
	    "x.pem\n");
	organization_put(&w->files, "certificates/release.yaml", X509
	    "successor: {certificate: next, from: \"2026-05-01\"}\n");
	pass(w, ONE, PKI_NOW + 95 * DAY, "7/5");
	assert_ok(event_parse(buf_span(&w->events[0]), 0, &json, &ev, &e),
	    &e);
	assert_true(span_is(event_text(&ev, "thing"), "certificate/release"));
	assert_true(span_is(event_text(&ev, "certificate"), "release"));
	assert_true(span_is(event_text(&ev, "file"),
	    "certificates/release.pem"));
	assert_true(span_is(event_text(&ev, "element"),
	    "certificate: CN=leaf,O=Acme"));
	assert_true(span_is(event_text(&ev, "ends"),
	    "2026-04-11T00:00:00.000Z"));
	assert_true(span_is(event_text(&ev, "successor"), "next"));
	assert_true(span_is(event_text(&ev, "takes_over"),
	    "2026-05-01T00:00:00.000Z"));
	event_summary(&ev, &line);
	assert_string_equal(buf_cstr(&line), "certificate/release "
	    "certificate: CN=leaf,O=Acme ends 2026-04-11T00:00:00.000Z, 5 "
	    "days left");
}

int
main(void)
{
#define WORLD(f) cmocka_unit_test_setup_teardown(f, world_open, world_close)
	const struct CMUnitTest tests[] = {
		WORLD(each_threshold_is_told_once),
		WORLD(who_starts_again_tells_nothing_twice),
		WORLD(two_engines_tell_it_once),
		WORLD(of_those_that_were_missed_the_nearest_is_told),
		WORLD(a_clock_that_goes_back_tells_nothing),
		WORLD(what_was_renewed_begins_anew),
		WORLD(a_successor_in_time_keeps_it_quiet),
		WORLD(of_a_crowd_the_soonest_are_told),
		WORLD(an_event_says_what_ends_and_who_follows),
	};

	return cmocka_run_group_tests_name("expiring", tests, NULL, NULL);
}
