/* config_parse: the sample organization, and each way to spoil it. */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "config/config.h"
#include "test.h"

#define FILES_MAX	100

static struct config_file files[FILES_MAX];
static size_t file_count;
static struct arena *bytes;

static void
add_file(const char *path, struct span content)
{
	assert_true(file_count < FILES_MAX);
	files[file_count].path = arena_text(bytes, SPAN_TEXT(path));
	assert_true(arena_copy(bytes, content, &files[file_count].bytes));
	file_count++;
}

static void
load_file(const char *full, const char *path)
{
	CLEANUP(fd_done) int fd = open(full, O_RDONLY | O_CLOEXEC);
	uint8_t content[65536];
	ssize_t n = read(fd, content, sizeof(content));

	assert_true(n > 0);
	add_file(path, (struct span){ content, (size_t)n });
}

static void
load_folder(const char *full, const char *prefix)
{
	DIR *dir = opendir(full);

	assert_non_null(dir);
	for (struct dirent *d; (d = readdir(dir)) != NULL; ) {
		char path[512], below[512];
		struct stat st;

		if (d->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "%.250s/%.200s", full, d->d_name);
		snprintf(below, sizeof(below), "%.250s%s%.200s", prefix,
		    prefix[0] == '\0' ? "" : "/", d->d_name);
		assert_int_equal(stat(path, &st), 0);
		if (S_ISDIR(st.st_mode))
			load_folder(path, below);
		else
			load_file(path, below);
	}
	closedir(dir);
}

static int
sample(void **state)
{
	(void)state;
	bytes = arena_new(16 << 20);
	file_count = 0;
	load_folder(SAMPLE, "");
	return 0;
}

static int
forget(void **state)
{
	(void)state;
	arena_free(bytes);
	return 0;
}

static struct config_file *
file_at(const char *path)
{
	for (size_t i = 0; i < file_count; i++)
		if (strcmp(files[i].path, path) == 0)
			return &files[i];
	fail_msg("no file %s", path);
	return NULL;
}

/* Replaces the first place of old in a file; old NULL: appends. */
static void
edit(const char *path, const char *old, const char *new)
{
	struct config_file *f = file_at(path);
	CLEANUP(buf_done) struct buf b = { 0 };
	size_t at = old == NULL ? f->bytes.len :
	    span_find(f->bytes, SPAN_TEXT(old));

	if (at == SIZE_MAX)
		fail_msg("%s has no \"%s\"", path, old);
	buf_put(&b, (struct span){ f->bytes.ptr, at });
	buf_text(&b, new);
	buf_put(&b, span_from(f->bytes,
	    at + (old == NULL ? 0 : strlen(old))));
	assert_true(arena_copy(bytes, buf_span(&b), &f->bytes));
}

static void
refused(enum err_code code, const char *says)
{
	CLEANUP(config_errors_done) struct config_errors errors = { 0 };
	CLEANUP(config_done) struct config *c = NULL;
	size_t found = 0;

	assert_false(config_parse(files, file_count, &c, &errors));
	for (size_t i = 0; i < errors.count; i++)
		found += strcmp(errors.items[i].e.what->code,
		    err_rows[code].code) == 0 &&
		    strstr(errors.items[i].e.text, says) != NULL ? 1 : 0;
	if (found > 0)
		return;
	config_errors_print(stderr, &errors, false);
	fail_msg("no %s", err_rows[code].code);
}

static struct config *
accepted(void)
{
	CLEANUP(config_errors_done) struct config_errors errors = { 0 };
	struct config *c = NULL;

	if (!config_parse(files, file_count, &c, &errors)) {
		config_errors_print(stderr, &errors, false);
		fail();
	}
	return c;
}

#define APP	"projects/acme-app/"
#define RELEASE	APP "policies/release-signing.yaml"

static void
the_sample_is_read_into_the_model(void **state)
{
	CLEANUP(config_done) struct config *c = accepted();

	(void)state;
	assert_int_equal(c->people.count, 5);
	assert_int_equal(c->projects.count, 2);
	const struct project *app = config_project(c, SPAN_TEXT("acme-app"));
	assert_non_null(app);
	const struct policy *p = project_policy(app,
	    SPAN_TEXT("release-signing"));
	assert_int_equal(p->approvals.expire_after, 7 * 86400);
	assert_int_equal(p->approvals.wait, 0);
	assert_int_equal(policy_excludes(p),
	    EXCLUDE_SUBMITTER | EXCLUDE_AUTHORS);
	assert_int_equal(p->timestamp, DEMAND_REQUIRED);
	assert_int_equal(c->organization.limits.artifact_size, 4ull << 30);
	assert_int_equal(c->organization.freshness.stop, 30 * 86400);
	assert_true(span_is(c->organization.approvals.ref_prefix,
	    "refs/tags/approve/"));
	const struct person *carol = config_person(c, SPAN_TEXT("carol"));
	assert_true(administrators_hold(c, carol));
	assert_int_equal(carol->keys.items[0].bytes.len, 51);
	const struct person *ci = config_person(c, SPAN_TEXT("ci-acme"));
	assert_int_equal(ci->kind, PERSON_BUILD_SYSTEM);
	assert_true(principals_hold(c, &project_policy(app,
	    SPAN_TEXT("test-signing"))->submitters, ci));
	assert_false(principals_hold(c, &p->submitters, ci));
	assert_non_null(project_configuration(app,
	    SPAN_TEXT("default"))->root);
}

static void
all_errors_of_all_files_come_at_once(void **state)
{
	CLEANUP(config_errors_done) struct config_errors errors = { 0 };
	struct config *c = NULL;

	(void)state;
	edit("people/alice.yaml", "name:", "nam:");
	edit("groups/developers.yaml", "person/bob", "person/nobody");
	edit(RELEASE, "purpose: release", "purpose: relase");
	assert_false(config_parse(files, file_count, &c, &errors));
	assert_int_equal(errors.count, 4);
	assert_string_equal(errors.items[0].at.file, "groups/developers.yaml");
	assert_err(&errors.items[0].e, ERR_CONFIG_REFERENCE);
	assert_err(&errors.items[3].e, ERR_CONFIG_VALUE);
}

static void
files_must_have_a_meaning(void **state)
{
	(void)state;
	add_file("README.md", SPAN_TEXT("anything"));
	config_free(accepted());
	add_file("people/eve.yml", SPAN_TEXT("x"));
	refused(ERR_CONFIG_FILE_UNKNOWN, "people/eve.yml");
	file_count--;
	add_file("groups/Big.yaml", SPAN_TEXT("members: [person/alice]\n"));
	refused(ERR_CONFIG_VALUE, "\"Big\"");
	file_count--;
	add_file("projects/x/policies/y.yaml", SPAN_TEXT("{}"));
	refused(ERR_CONFIG_FILE_MISSING, "projects/x/project.yaml");
	file_count--;
	edit("certificates/acme-release.yaml", "acme-release.pem", "no.pem");
	refused(ERR_CONFIG_FILE_MISSING, "certificates/no.pem");
}

static void
an_empty_repo_is_refused(void **state)
{
	(void)state;
	file_count = 0;
	refused(ERR_CONFIG_FILE_MISSING, "tagseal.yaml");
}

static void
names_must_exist(void **state)
{
	(void)state;
	edit(RELEASE, "certificate: acme-release", "certificate: none");
	refused(ERR_CONFIG_REFERENCE, "certificate \"none\"");
	edit(RELEASE, "certificate: none", "certificate: acme-release");
	edit(RELEASE, "[default]", "[other]");
	refused(ERR_CONFIG_REFERENCE, "\"other\"");
	edit(RELEASE, "[other]", "[default]");
	edit(RELEASE, "signed-commits: true", "signed-commits: true\n"
	    "  provenance: {required: true, build-systems: [none]}");
	refused(ERR_CONFIG_REFERENCE, "build system \"none\"");
}

static void
groups_must_not_hold_themselves(void **state)
{
	(void)state;
	edit("groups/release-managers.yaml", "person/dave",
	    "person/dave, group/admins");
	refused(ERR_CONFIG_GROUP_CYCLE, "in turn");
}

static void
quorums_must_be_reachable(void **state)
{
	(void)state;
	edit(RELEASE, "count: 1", "count: 3");
	refused(ERR_CONFIG_QUORUM, "only 2");
	edit(RELEASE, "count: 3", "count: 99999999999999");
	refused(ERR_CONFIG_QUORUM, "more than 64");
	edit(RELEASE, "{count: 99999999999999, of: [group/release-managers]}",
	    "{count: 2, of: [group/release-managers]}, "
	    "{count: 1, of: [person/carol]}");
	refused(ERR_CONFIG_QUORUM, "only 2");
}

static void
administrators_must_not_lock_themselves_out(void **state)
{
	(void)state;
	edit("people/dave.yaml", NULL, "disabled: true\n");
	refused(ERR_CONFIG_LOCKOUT, "only 1 could");
}

static void
a_key_belongs_to_one_person(void **state)
{
	struct config_file *alice = file_at("people/alice.yaml");

	(void)state;
	file_at("people/bob.yaml")->bytes = alice->bytes;
	refused(ERR_CONFIG_KEY_SHARED, "alice");
}

static void
machines_do_not_decide(void **state)
{
	(void)state;
	edit(RELEASE, "of: [group/release-managers]",
	    "of: [group/release-managers, person/ci-acme]");
	refused(ERR_CONFIG_MACHINE, "approvers");
	edit(APP "project.yaml", "owners: [group/developers]",
	    "owners: [person/ci-acme]");
	refused(ERR_CONFIG_MACHINE, "owners");
	edit("groups/admins.yaml", "group/release-managers",
	    "group/release-managers, person/ci-acme");
	refused(ERR_CONFIG_MACHINE, "administrators");
}

static void
purposes_must_agree(void **state)
{
	(void)state;
	edit("certificates/acme-release.yaml", "purpose: release",
	    "purpose: test");
	refused(ERR_CONFIG_PURPOSE, "is for test");
	edit("tagseal.yaml", "commits: engine-commit", "commits: engine-log");
	refused(ERR_CONFIG_PURPOSE, "kind ssh");
}

static void
releases_are_strict(void **state)
{
	(void)state;
	edit(RELEASE, "requests:", "timestamp: none\nrequests:");
	refused(ERR_CONFIG_TIMESTAMP, "timestamp: none");
	edit(RELEASE, "timestamp: none\n", "");
	edit(RELEASE, "signed-commits: true", "signed-commits: false");
	refused(ERR_POLICY_ORIGIN_UNPROVEN, "signed-commits");
	edit(RELEASE, "  branches: [main, \"release/*\"]\n", "");
	refused(ERR_POLICY_AUTHORS_UNPROVEN, "authors may not approve");
	edit(RELEASE, "  expire-after: 7d\n",
	    "  expire-after: 7d\n  exclude: [submitter]\n");
	config_free(accepted());
	edit(RELEASE, "signed-commits: false", "signed-commits: false\n"
	    "  reviewed-by-second-person: true");
	refused(ERR_POLICY_AUTHORS_UNPROVEN, "reviewed-by-second-person");
	edit(RELEASE, "\n  reviewed-by-second-person: true", "");
	edit("certificates/acme-release.yaml", "approvals: 1",
	    "approvals: 2");
	refused(ERR_CONFIG_CERTIFICATE_RULES, "demands 2");
	edit(APP "artifacts/default.yaml",
	    ", pattern: \"[0-9]+[.][0-9]+[.][0-9]+\"", "");
	refused(ERR_CONFIG_PARAMETER, "version");
}

static void
timestamps_need_an_authority(void **state)
{
	(void)state;
	edit("tagseal.yaml", "timestamp-authorities:", "# none:");
	edit("tagseal.yaml", "  - {url: \"http://tsa", "#");
	edit("tagseal.yaml", "roots: trust", "");
	for (size_t i = 0; i < file_count; i++)
		if (strcmp(files[i].path, "trust/tsa-roots.pem") == 0)
			files[i].path = "elsewhere";
	refused(ERR_CONFIG_TIMESTAMP, "no timestamp-authorities");
}

static void
manifests_are_cut_and_read(void **state)
{
	static const char text[] = "Acme App 1.2.3\n\n---\nnot this\n---\n"
	    "tagseal: 1\nproject: acme-app\npolicy: release-signing\n"
	    "artifacts:\n  - {name: a.zip, sha256: \""
	    "000102030405060708090a0b0c0d0e0f"
	    "101112131415161718191a1b1c1d1e1f\", size: 7, path: dist/a.zip}\n"
	    "parameters: {version: \"1.2.3\"}\n";
	CLEANUP(arena_done) struct arena *a = arena_new(1 << 20);
	struct manifest m;
	struct span yaml;
	struct err e;

	(void)state;
	assert_ok(manifest_cut(SPAN_TEXT(text), &yaml, &e), &e);
	assert_ok(manifest_parse(yaml, a, &m, &e), &e);
	assert_int_equal(m.artifacts.count, 1);
	assert_int_equal(m.artifacts.items[0].sha256[31], 0x1f);
	assert_true(span_is(m.artifacts.items[0].configuration, "default"));
	assert_true(span_is(m.parameters.items[0].value, "1.2.3"));
	assert_false(manifest_cut(SPAN_TEXT("no manifest\n ---\n"), &yaml,
	    &e));
	assert_err(&e, ERR_MANIFEST_MISSING);
	assert_false(manifest_cut(SPAN_TEXT("---\na: 1\n#b: 2\n"), &yaml,
	    &e));
	assert_err(&e, ERR_MANIFEST_COMMENT);
	assert_true(manifest_cut(SPAN_TEXT("x\n---"), &yaml, &e));
	assert_int_equal(yaml.len, 0);
	assert_false(manifest_parse(yaml, a, &m, &e));
	assert_err(&e, ERR_CONFIG_TYPE);
}

static void
manifests_name_each_file_once(void **state)
{
#define ARTIFACT(name) "  - {name: " name ", size: 1, path: x, sha256: \"" \
	"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\"}\n"
	static const char text[] = "tagseal: 1\nproject: a\npolicy: b\n"
	    "artifacts:\n" ARTIFACT("a.zip") ARTIFACT("A.ZIP");
	CLEANUP(arena_done) struct arena *a = arena_new(1 << 20);
	CLEANUP(buf_done) struct buf large = { 0 };
	struct statement s;
	struct manifest m;
	struct span yaml;
	struct err e;

	(void)state;
	assert_false(manifest_parse(SPAN_TEXT(text), a, &m, &e));
	assert_err(&e, ERR_CONFIG_TWICE);
	buf_text(&large, "---\n");
	buf_zero(&large, 65537);
	assert_false(manifest_cut(buf_span(&large), &yaml, &e));
	assert_err(&e, ERR_MANIFEST_SIZE);
	assert_false(manifest_parse(buf_span(&large), a, &m, &e));
	assert_err(&e, ERR_MANIFEST_SIZE);
	assert_false(statement_parse(buf_span(&large), a, &s, &e));
	assert_err(&e, ERR_MANIFEST_SIZE);
}

#define DIGEST	"000102030405060708090a0b0c0d0e0f" \
		"101112131415161718191a1b1c1d1e1f"
static const char engine_yaml[] = "tagseal: 1\n"
    "engine: 6f1c0000-0000-4000-8000-000000000001\n"
    "config:\n  id: 0b7e0000-0000-4000-8000-000000000001\n"
    "  urls: [/srv/git/config.git]\n"
    "  root: {commit: \"0123456789abcdef0123456789abcdef01234567\",\n"
    "    payload-sha256: \"" DIGEST "\", manifest-sha256: \"" DIGEST "\"}\n"
    "ledger: {keys: [\"acme+01234567+AAAA\"], at-least: {size: 0, root: \""
    DIGEST "\"}}\n"
    "tokens:\n  - {module: /usr/lib/softhsm/libsofthsm2.so, token: acme,\n"
    "     pin: {file: /etc/tagseal/pin}}\n"
    "credentials: {git-token: {file: /etc/t, for: courier, hosts: [g.e]}}\n"
    "repositories: [/srv/git]\noutputs: [/srv/rel]\n";

static void
the_host_decides_on_local_folders(void **state)
{
	CLEANUP(config_errors_done) struct config_errors errors = { 0 };
	CLEANUP(arena_done) struct arena *a = arena_new(1 << 20);
	CLEANUP(config_done) struct config *c = accepted();
	struct config_file file = { "engine.yaml", SPAN_TEXT(engine_yaml) };
	struct engine_file host;

	(void)state;
	assert_true(engine_file_parse(&file, a, &host, &errors));
	assert_int_equal(host.poll, 60);
	assert_int_equal(host.sandbox, SANDBOX_REQUIRED);
	assert_true(span_is(host.credentials.items[0].name, "git-token"));
	assert_true(span_is(host.credentials.items[0].source.file, "/etc/t"));
	assert_true(span_is(host.users.judge, "tagseal"));
	assert_true(span_is(host.state, "/var/lib/tagseal"));
	assert_false(config_check_host(c, &host, &errors));
	assert_int_equal(errors.count, 2);
	assert_err(&errors.items[0].e, ERR_CONFIG_PATH_OUTSIDE);
	host.outputs.count = 0;
	struct span releases = SPAN_TEXT("/srv/releases");
	host.outputs.items = &releases;
	host.outputs.count = 1;
	assert_true(config_check_host(c, &host, &errors));
}

static void
clients_have_a_file_of_their_own(void **state)
{
	CLEANUP(config_errors_done) struct config_errors errors = { 0 };
	CLEANUP(arena_done) struct arena *a = arena_new(1 << 20);
	struct config_file file = { "trust.yaml", SPAN_TEXT("tagseal: 1\n"
	    "config: {id: 0b7e0000-0000-4000-8000-000000000001, root: {commit: "
	    "\"0123456789abcdef0123456789abcdef01234567\", payload-sha256: \""
	    DIGEST "\", manifest-sha256: \"" DIGEST "\"}}\n"
	    "ledger: {keys: [\"acme+01234567+AAAA\"]}\n") };
	struct trust_file trust;

	(void)state;
	assert_true(trust_file_parse(&file, a, &trust, &errors));
	assert_int_equal(trust.config.root.payload_sha256[1], 1);
	assert_int_equal(trust.ledger.keys.count, 1);
}

static void
the_list_of_errors_ends(void **state)
{
	CLEANUP(config_errors_done) struct config_errors errors = { 0 };
	CLEANUP(buf_done) struct buf b = { 0 };
	struct config *c = NULL;

	(void)state;
	for (int i = 0; i < 3000; i++)
		buf_printf(&b, "k%d: 1\n", i);
	add_file("groups/many.yaml", buf_span(&b));
	assert_false(config_parse(files, file_count, &c, &errors));
	assert_int_equal(errors.count, 1001);
	buf_done(&b);
	b = (struct buf){ 0 };
	buf_text(&b, "members: [");
	for (int i = 0; i < 1001; i++)
		buf_printf(&b, "person/p%d,", i);
	buf_text(&b, "person/x]\n");
	files[file_count - 1].bytes = buf_span(&b);
	refused(ERR_CONFIG_SIZE, "1002 items");
}

#define WITH_SAMPLE(f)	cmocka_unit_test_setup_teardown(f, sample, forget)

/* A certificate and a list of nobody: only their form matters here. */
static const char pem[] =
    "-----BEGIN CERTIFICATE-----\n"
    "MIIBfTCCASOgAwIBAgIUExaKesf560hE0wousQv1oLOBpH8wCgYIKoZIzj0EAwIw\n"
    "DDEKMAgGA1UEAwwBRTAeFw0yNjExMjYwNjE0NDdaFw0yNjEyMjYwNjE0NDdaMAwx\n"
    "CjAIBgNVBAMMAUUwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAAQ4sQi8N+lGCqs3\n"
    "q5AaL8Nlm9d6Paw0JK/YezJAFHay+yHyYCXyIen18ZMlWlBKOGKoLLYvrWawPcwR\n"
    "2ETE7VOHo2MwYTAdBgNVHQ4EFgQUpRQXF7QB5ey5xnvTP+u5Y33+dIwwHwYDVR0j\n"
    "BBgwFoAUpRQXF7QB5ey5xnvTP+u5Y33+dIwwDwYDVR0TAQH/BAUwAwEB/zAOBgNV\n"
    "HREEBzAFgQNlQHgwCgYIKoZIzj0EAwIDSAAwRQIhAIPsji+ZyO500vgRI2BzPhkg\n"
    "kHYxBZHMQvceAXolgc/QAiAGGSEw+hJULfFjgbJ5fVhN8OG2H7S6yNF/jAeq9bDR\n"
    "6w==\n"
    "-----END CERTIFICATE-----\n";

static const char crl[] =
    "-----BEGIN X509 CRL-----\n"
    "MIGiMEsCAQEwCgYIKoZIzj0EAwIwDDEKMAgGA1UEAwwBRRcNMjYxMTI2MDYxNjQ4\n"
    "WhcNMjYxMjI2MDYxNjQ4WqAOMAwwCgYDVR0UBAMCAQEwCgYIKoZIzj0EAwIDRwAw\n"
    "RAIga4e3eYqIN4oLVYRIKW193KaNlDKCszUhFj58CVh5ssACIDc4rlo7GUsPo6cW\n"
    "ch6tdE/vtXRbL5gPxY+tr4H79d0T\n"
    "-----END X509 CRL-----\n";

static void
authorities_of_people_must_be_usable(void **state)
{
	static const char name[] = "\n  - x509-name: \"email:a@b.test\"\n";

	(void)state;
	edit("people/alice.yaml", NULL, name);
	refused(ERR_CONFIG_X509, "no x509-roots");
	edit("tagseal.yaml", NULL,
	    "\nx509-crls: [{file: trust/list.crl}]\n");
	add_file("trust/list.crl", SPAN_TEXT(pem));
	refused(ERR_CONFIG_X509, "without x509-roots");
	edit("tagseal.yaml", NULL, "x509-roots: trust/people.pem\n");
	add_file("trust/people.pem", SPAN_TEXT("none"));
	refused(ERR_CONFIG_X509, "no certificate");
	file_at("trust/people.pem")->bytes = SPAN_TEXT(pem);
	refused(ERR_CONFIG_X509, "revocation list 1");
	file_at("trust/list.crl")->bytes = SPAN_TEXT(crl);
	config_free(accepted());
	edit("people/bob.yaml", NULL, name);
	refused(ERR_CONFIG_KEY_SHARED, "alice");
}

static void
authorities_of_ssh_are_nobody_s_keys(void **state)
{
	static const char key[] = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIMakZou"
	    "MNnK8TmlnRpp6j4+E8Eyxuh7PbTNyIU9pcDJn";
	CLEANUP(buf_done) struct buf line = { 0 };

	(void)state;
	edit("people/alice.yaml", NULL, "\n  - ssh-principal: alice\n");
	refused(ERR_CONFIG_SSH_AUTHORITY, "no ssh-authorities");
	buf_printf(&line, "\nssh-authorities: [{key: \"%s\"}]\n", key);
	edit("tagseal.yaml", NULL, buf_cstr(&line));
	refused(ERR_CONFIG_SSH_AUTHORITY, "alice");	/* her key, above */
	edit("tagseal.yaml", "AIMakZ", "AIMakA");
	config_free(accepted());
	edit("people/bob.yaml", NULL, "\n  - ssh-principal: alice\n");
	refused(ERR_CONFIG_KEY_SHARED, "alice");
}

/* One certificate, whatever its file looks like, is one person's. */
static void
a_certificate_belongs_to_one_person(void **state)
{
	CLEANUP(buf_done) struct buf two = { 0 };

	(void)state;
	edit("people/alice.yaml", NULL, "\n  - x509: alice/c.pem\n");
	add_file("people/alice/c.pem", SPAN_TEXT(pem));
	config_free(accepted());
	edit("people/bob.yaml", NULL, "\n  - x509: bob/c.pem\n");
	add_file("people/bob/c.pem", SPAN_TEXT("of bob\n"));
	refused(ERR_CONFIG_X509, "bob/c.pem");
	buf_printf(&two, "of bob\n%s", pem);
	file_at("people/bob/c.pem")->bytes = buf_span(&two);
	refused(ERR_CONFIG_KEY_SHARED, "alice");
	buf_text(&two, pem);
	file_at("people/bob/c.pem")->bytes = buf_span(&two);
	refused(ERR_CONFIG_X509, "2 certificates");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_SAMPLE(the_sample_is_read_into_the_model),
		WITH_SAMPLE(all_errors_of_all_files_come_at_once),
		WITH_SAMPLE(files_must_have_a_meaning),
		WITH_SAMPLE(an_empty_repo_is_refused),
		WITH_SAMPLE(names_must_exist),
		WITH_SAMPLE(groups_must_not_hold_themselves),
		WITH_SAMPLE(quorums_must_be_reachable),
		WITH_SAMPLE(administrators_must_not_lock_themselves_out),
		WITH_SAMPLE(a_key_belongs_to_one_person),
		WITH_SAMPLE(authorities_of_people_must_be_usable),
		WITH_SAMPLE(authorities_of_ssh_are_nobody_s_keys),
		WITH_SAMPLE(a_certificate_belongs_to_one_person),
		WITH_SAMPLE(machines_do_not_decide),
		WITH_SAMPLE(purposes_must_agree),
		WITH_SAMPLE(releases_are_strict),
		WITH_SAMPLE(timestamps_need_an_authority),
		WITH_SAMPLE(manifests_are_cut_and_read),
		WITH_SAMPLE(manifests_name_each_file_once),
		WITH_SAMPLE(the_host_decides_on_local_folders),
		WITH_SAMPLE(clients_have_a_file_of_their_own),
		WITH_SAMPLE(the_list_of_errors_ends),
	};

	return cmocka_run_group_tests_name("config", tests, NULL, NULL);
}
