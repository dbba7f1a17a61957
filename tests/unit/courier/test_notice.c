/* notice: what the courier tells receivers, and what it never does. */
#include "asker.h"

#define SECRET	"whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3"	/* not secret */
#define KEY	"303132333435363738396162636465663031323334353637"
#define EVENT	"{\"at\":\"2026-01-31T12:00:00.000Z\",\"n\":7,\"type\":" \
		"\"ref.seen\",\"v\":1}"

static struct notice_request
notice(struct asker *k, const char *path, const char *credential)
{
	return (struct notice_request){ .channel = SPAN_TEXT("webhook"),
	    .url = url(k, path), .credential = span_text(credential),
	    .organization = SPAN_TEXT("acme"), .ledger = SPAN_TEXT("acme/l"),
	    .summary = SPAN_TEXT("v1 seen"), .event = SPAN_TEXT(EVENT),
	    .private_addresses = true };
}

static bool
tells(struct asker *k, const struct notice_request *q, struct noticed *got,
    struct err *e)
{
	CLEANUP(buf_done) struct buf b = { 0 };
	struct span body;

	notice_write(q, &b);
	return ask(k, COURIER_NOTICE, &b, -1, COURIER_NOTICED, &body, e) &&
	    noticed_read(body, got, e);
}

static bool
tells_path(struct asker *k, const char *path, const char *credential,
    struct noticed *got, struct err *e)
{
	struct notice_request q = notice(k, path, credential);

	return tells(k, &q, got, e);
}

/* The secrets of this test are of the form, and of none. */
static void
secrets_give(struct asker *k)
{
	struct span hosts[] = { SPAN_TEXT("127.0.0.1") };
	struct span others[] = { SPAN_TEXT("hook.example") };
	struct span none = SPAN_TEXT("");
	struct courier_credential all[] = {
		{ SPAN_TEXT("hook"), SPAN_TEXT(SECRET), none, hosts, 1 },
		{ SPAN_TEXT("elsewhere"), SPAN_TEXT(SECRET), none, others, 1 },
		{ SPAN_TEXT("token"), SPAN_TEXT("ghp_abc"), none, hosts, 1 },
		{ SPAN_TEXT("short"), SPAN_TEXT("whsec_MDEyMzQ1Njc4OQ=="),
		    none, hosts, 1 },
		{ SPAN_TEXT("broken"), SPAN_TEXT(SECRET "="), none, hosts, 1 },
	};
	CLEANUP(buf_done) struct buf b = { 0 };

	courier_end(k);
	courier_settings_write(&(struct courier_settings){
	    .where_possible = true, .credentials = all,
	    .credential_count = COUNT(all) }, &b);
	int fd = scratch_file(buf_span(&b));
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	process_run(k, fd);
	close(fd);
}

/* A status is an answer; no receiver makes us read more of it. */
static void
any_status_is_an_answer(void **state)
{
	struct asker *k = *state;
	static const struct {
		const char	*path;
		uint32_t	 status;
		uint32_t	 wait;
	} cases[] = {
		{ "/hook/200", 200, 0 }, { "/hook/204", 204, 0 },
		{ "/hook/404", 404, 0 }, { "/hook/410", 410, 0 },
		{ "/hook/500", 500, 0 }, { "/hook/later", 503, 70 },
		{ "/hook/large", 200, 0 }, { "/hook/short", 202, 0 },
	};
	struct noticed got;
	struct err e;

	for (size_t i = 0; i < COUNT(cases); i++) {
		assert_ok(tells_path(k, cases[i].path, "", &got, &e), &e);
		assert_int_equal(got.status, cases[i].status);
		assert_int_equal(got.retry_after, cases[i].wait);
	}
}

static void
what_is_no_answer_is_an_error(void **state)
{
	struct asker *k = *state;
	struct notice_request q;
	struct noticed got;
	struct err e;

	assert_false(tells_path(k, "/hook/cut", "", &got, &e));
	assert_err(&e, ERR_NET_CUT);
	assert_false(tells_path(k, "/redirect", "", &got, &e));
	assert_err(&e, ERR_NET_REDIRECT);
	q = notice(k, "/hook/200", "");
	q.private_addresses = false;
	assert_false(tells(k, &q, &got, &e));
	assert_err(&e, ERR_NET_PRIVATE);
	q = notice(k, "/hook/200", "");
	q.url = SPAN_TEXT("http://127.0.0.1:1/");
	assert_false(tells(k, &q, &got, &e));
	assert_err(&e, ERR_NET_UNREACHABLE);
	q = notice(k, "/hook/200", "");
	q.channel = SPAN_TEXT("pigeon");
	assert_false(tells(k, &q, &got, &e));
	assert_err(&e, ERR_PROCESS_PROTOCOL);
	q = notice(k, "/hook/200", "");
	q.event = SPAN_TEXT("{");
	assert_false(tells(k, &q, &got, &e));
	assert_err(&e, ERR_JSON_MALFORMED);
}

/* checked runs a check over the only line in hooks: openssl and jq judge. */
static int
checked(const struct asker *k, const char *test)
{
	CLEANUP(buf_done) struct buf b = { 0 };

	buf_text(&b, "cd \"$W\" && [ $(wc -l < hooks) -eq 1 ] && "
	    "h() { jq -r --arg n \"$1\" '.headers[$n] // \"none\"' hooks; }; "
	    "jq -j .body hooks > body; mac() { { printf '%s.%s.' "
	    "\"$(h webhook-id)\" \"$(h webhook-timestamp)\"; cat body; } | "
	    "openssl dgst -sha256 -mac HMAC -macopt hexkey:$1 -binary | "
	    "base64; }; ");
	buf_text(&b, test);
	return shell(k, buf_cstr(&b));
}

static void
a_notice_is_signed_for_who_knows_the_secret(void **state)
{
	struct asker *k = *state;
	struct noticed got;
	struct err e;

	secrets_give(k);
	assert_ok(tells_path(k, "/hook/204", "hook", &got, &e), &e);
	assert_int_equal(checked(k, "[ \"$(h webhook-signature)\" = "
	    "\"v1,$(mac " KEY ")\" ]"), 0);
	/* The receiver has another secret, or somebody changed a byte. */
	assert_int_not_equal(checked(k, "[ \"$(h webhook-signature)\" = "
	    "\"v1,$(mac 31" KEY ")\" ]"), 0);
	assert_int_not_equal(checked(k, "echo >> body; "
	    "[ \"$(h webhook-signature)\" = \"v1,$(mac " KEY ")\" ]"), 0);
	assert_int_equal(checked(k, "[ \"$(h webhook-id)\" = \"$(printf "
	    "'%s' '" EVENT "' | sha256sum | cut -d' ' -f1)\" ] && "
	    "[ \"$(jq -r .id body)\" = \"$(h webhook-id)\" ] && "
	    "[ $(($(date +%s) - $(h webhook-timestamp))) -lt 60 ] && "
	    "[ \"$(h content-type)\" = application/json ] && "
	    "[ \"$(jq -cS .event body)\" = '" EVENT "' ]"), 0);
	/* The secret itself goes nowhere. */
	assert_int_equal(checked(k, "[ \"$(h authorization)\" = none ] && "
	    "! grep -q MDEyMzQ1 hooks"), 0);
}

static void
without_a_secret_nothing_is_signed(void **state)
{
	struct asker *k = *state;
	struct noticed got;
	struct err e;

	assert_ok(tells_path(k, "/hook/204", "", &got, &e), &e);
	assert_int_equal(checked(k, "[ \"$(h webhook-signature)\" = none ] "
	    "&& [ \"$(h webhook-id)\" != none ]"), 0);
}

/* Then nothing is sent at all. */
static void
a_secret_that_does_not_fit_is_refused(void **state)
{
	struct asker *k = *state;
	static const struct {
		const char	*credential;
		enum err_code	 code;
	} cases[] = {
		{ "nobody", ERR_COURIER_CREDENTIAL },
		{ "elsewhere", ERR_COURIER_CREDENTIAL_HOST },
		{ "token", ERR_NOTICE_SECRET },
		{ "short", ERR_NOTICE_SECRET },
		{ "broken", ERR_NOTICE_SECRET },
	};
	struct noticed got;
	struct err e;

	secrets_give(k);
	for (size_t i = 0; i < COUNT(cases); i++) {
		assert_false(tells_path(k, "/hook/204?sig=hush",
		    cases[i].credential, &got, &e));
		assert_err(&e, cases[i].code);
		assert_null(strstr(e.text, "hush"));
		assert_null(strstr(e.text, "ghp_"));
		assert_null(strstr(e.text, "MDEy"));
	}
	assert_int_equal(shell(k, "[ ! -e \"$W/hooks\" ]"), 0);
}

/* https, with an authority of one's own. */
static void
a_receiver_shows_who_it_is(void **state)
{
	struct asker *k = *state;
	struct noticed got;
	struct err e;

	assert_int_equal(shell(k, "openssl req -x509 -newkey rsa:2048 -nodes "
	    "-keyout \"$W/key.pem\" -out \"$W/cert.pem\" -days 1 -subj "
	    "/CN=localhost -addext subjectAltName=DNS:localhost 2>/dev/null"),
	    0);
	server_end(&k->server);
	server_run(&k->server, (const char *)at(k, "cert.pem").ptr,
	    (const char *)at(k, "key.pem").ptr);
	assert_false(tells_path(k, "/hook/204", "", &got, &e));
	assert_err(&e, ERR_NET_TLS);
	courier_again(k, (struct courier_connection){
	    .ca = at(k, "cert.pem") });
	assert_ok(tells_path(k, "/hook/204", "", &got, &e), &e);
	assert_int_equal(got.status, 204);
}

static int
tests_run(void)
{
	const struct CMUnitTest tests[] = {
		ASKER_TEST(any_status_is_an_answer),
		ASKER_TEST(what_is_no_answer_is_an_error),
		ASKER_TEST(a_notice_is_signed_for_who_knows_the_secret),
		ASKER_TEST(without_a_secret_nothing_is_signed),
		ASKER_TEST(a_secret_that_does_not_fit_is_refused),
		ASKER_TEST(a_receiver_shows_who_it_is),
	};

	return cmocka_run_group_tests_name("notice", tests, NULL, NULL);
}

int
main(int argc, char **argv)
{
	return asker_main(argc, argv, tests_run);
}
