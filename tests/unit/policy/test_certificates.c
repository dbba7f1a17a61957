/* Rules of certificates: which one signs a release, and when it may be used. */
#include <string.h>

#include "base/text.h"
#include "organization.h"
#include "policy/policy.h"
#include "test.h"

#define RELEASE	"certificates/release.yaml"
#define NEXT	"certificates/next.yaml"
#define TRIAL	"certificates/test.yaml"
#define KIND	"key: \"pkcs11:object=r\"\ncertificate: x.pem\nkind: x509\n"
#define FOLLOWS	"successor: {certificate: next, from: \"2026-03-01\"}\n"
#define REVOKED	"state: revoked\nrevoked: {at: \"2026-02-01\", reason: lost}\n"

static struct world {
	struct organization_files	 files;
	struct config			*config;
	struct arena			*arena;
	struct manifest			 manifest;
	struct decision			 decision;
} w;

static int
begin(void **state)
{
	(void)state;
	w = (struct world){ .arena = arena_new(1 << 20) };
	organization_init(&w.files);
	return 0;
}

static int
end(void **state)
{
	(void)state;
	config_free(w.config);
	arena_free(w.arena);
	organization_done(&w.files);
	return 0;
}

static void
put(const char *path, const char *purpose, const char *more)
{
	CLEANUP(buf_done) struct buf b = { 0 };

	buf_printf(&b, KIND "purpose: %s\n%s", purpose, more);
	organization_put(&w.files, path, buf_cstr(&b));
}

static void
build(void)
{
	config_free(w.config);
	w.config = organization_config(&w.files);
}

static int64_t
ms(const char *time)
{
	int64_t at;

	assert_true(text_untime(SPAN_TEXT(time), &at));
	return at;
}

static const struct finding *
found(const char *rule)
{
	for (size_t i = 0; i < w.decision.findings.count; i++)
		if (strcmp(w.decision.findings.items[i].rule, rule) == 0)
			return &w.decision.findings.items[i];
	return NULL;
}

static void
says(const struct finding *f, enum err_code code, const char *text)
{
	assert_non_null(f);
	assert_int_equal(f->met, code == ERR_NONE);
	if (!f->met)
		assert_string_equal(f->row->code, err_rows[code].code);
	if (span_find(f->text, SPAN_TEXT(text)) == SIZE_MAX)
		fail_msg("%.*s", (int)f->text.len, f->text.ptr);
}

/* ---- a release ---- */

static void
release(const char *policy, const char *now)
{
	struct release_facts f = { .project = SPAN_TEXT("app"),
	    .ref = SPAN_TEXT("refs/tags/v1"), .manifest = &w.manifest,
	    .now = ms(now) };
	struct err e;

	w.manifest = (struct manifest){ .project = SPAN_TEXT("app"),
	    .policy = span_text(policy) };
	build();
	assert_ok(release_decide(w.config, &f, w.arena, &w.decision, &e), &e);
}

static void
a_successor_signs_from_its_day_on(void **state)
{
	(void)state;
	put(RELEASE, "release", "state: retired\n" FOLLOWS);
	put(NEXT, "release", "");
	release("release", "2026-02-28");
	says(found("purpose"), ERR_NONE, "\"release\"");
	says(found("certificate-state"), ERR_REF_CERTIFICATE_RETIRED,
	    "\"release\" is retired");
	assert_int_equal(w.decision.outcome, OUTCOME_REFUSED);
	release("release", "2026-03-01");
	says(found("purpose"), ERR_NONE, "\"next\"");
	says(found("certificate-state"), ERR_NONE, "\"next\" is active");
	put(NEXT, "release", "state: standby\n");
	release("release", "2026-03-01");
	says(found("certificate-state"), ERR_REF_CERTIFICATE_STANDBY,
	    "\"next\" is standby");
	put(RELEASE, "release", REVOKED FOLLOWS);
	release("release", "2026-02-01");
	says(found("certificate-state"), ERR_REF_CERTIFICATE_REVOKED,
	    "is revoked since 2026-02-01T00:00:00.000Z");
	/* What it says of the future does not keep it alive. */
	release("release", "2026-01-01");
	says(found("certificate-state"), ERR_REF_CERTIFICATE_REVOKED, "");
}

static void
standby_is_tried_by_tests(void **state)
{
	(void)state;
	put(TRIAL, "test", "state: standby\n");
	release("test", "2026-03-01");
	says(found("certificate-state"), ERR_NONE, "\"test\" is standby");
}

/* ---- a request ---- */

enum at { FIRST, RUNS, AGAIN };

static void
request(const char *now, uint64_t signatures, uint64_t used, enum at at,
    enum outcome outcome)
{
	struct request_facts f = { .project = SPAN_TEXT("app"),
	    .policy = SPAN_TEXT("test"), .submitter = SPAN_TEXT("ann"),
	    .created = ms(now), .now = ms(now), .authorised = at != FIRST,
	    .again = at == AGAIN, .certificate = SPAN_TEXT("test"),
	    .signatures = signatures, .used = used };
	struct err e;

	assert_ok(request_decide(w.config, &f, w.arena, &w.decision, &e), &e);
	assert_int_equal(w.decision.outcome, outcome);
}

static void
waits(const char *until, const char *what)
{
	assert_int_equal(w.decision.not_before, ms(until));
	if (!span_is(w.decision.until, what))
		fail_msg("%.*s", (int)w.decision.until.len,
		    w.decision.until.ptr);
}

static void
requests_wait_for_the_hours(void **state)
{
	(void)state;
	put(TRIAL, "test", "rules: {hours: [{days: [monday], "
	    "from: \"08:00\", to: \"09:00\"}]}\n");
	build();
	request("2026-03-02T08:59:59.999Z", 1, 0, FIRST, OUTCOME_AUTHORISED);
	says(found("certificate-rules"), ERR_NONE, "may be used now");
	request("2026-03-02T09:00:00Z", 1, 0, FIRST, OUTCOME_WAITING);
	says(found("hours"), ERR_REQUEST_HOURS, "but from "
	    "2026-03-09T08:00:00.000Z on");
	waits("2026-03-09T08:00:00Z", "the hours of certificate test");
	/* What was authorised in time is brought to an end, */
	request("2026-03-02T09:00:00Z", 1, 0, RUNS, OUTCOME_AUTHORISED);
	/* but another attempt has to be in time, too. */
	request("2026-03-02T08:00:00Z", 1, 0, AGAIN, OUTCOME_AUTHORISED);
	request("2026-03-02T09:00:00Z", 1, 0, AGAIN, OUTCOME_WAITING);
	waits("2026-03-09T08:00:00Z", "the hours of certificate test");
}

static void
a_day_has_so_many_signatures(void **state)
{
	(void)state;
	put(TRIAL, "test", "rules: {signatures-per-day: 10}\n");
	build();
	request("2026-03-02T23:59:59.999Z", 4, 6, FIRST, OUTCOME_AUTHORISED);
	request("2026-03-02T00:00:00Z", 4, 7, FIRST, OUTCOME_WAITING);
	says(found("signatures-per-day"), ERR_REQUEST_DAILY_LIMIT,
	    "may make 10 signatures a day, 7 are made or authorised today, "
	    "and the request needs 4");
	waits("2026-03-03", "the signatures of the next day of certificate "
	    "test");
	request("2026-03-02", 1, 11, FIRST, OUTCOME_WAITING);
	request("2026-03-02", UINT64_MAX, 1, FIRST, OUTCOME_WAITING);
	request("2026-03-02", 1, UINT64_MAX, FIRST, OUTCOME_WAITING);
	request("2026-03-02", 10, 0, FIRST, OUTCOME_AUTHORISED);
	request("2026-03-02", 4, 7, RUNS, OUTCOME_AUTHORISED);
	request("2026-03-02", 4, 6, AGAIN, OUTCOME_AUTHORISED);
	request("2026-03-02", 4, 7, AGAIN, OUTCOME_WAITING);
	waits("2026-03-03", "the signatures of the next day of certificate "
	    "test");
}

#define IN_WORLD(f)	cmocka_unit_test_setup_teardown(f, begin, end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		IN_WORLD(a_successor_signs_from_its_day_on),
		IN_WORLD(standby_is_tried_by_tests),
		IN_WORLD(requests_wait_for_the_hours),
		IN_WORLD(a_day_has_so_many_signatures),
	};

	return cmocka_run_group_tests_name("certificates", tests, NULL, NULL);
}
