/* organization - see organization.h. */
#include <string.h>

#include "base/arena.h"
#include "base/text.h"
#include "organization.h"
#include "test.h"

static const struct {
	const char	*path;
	const char	*text;
} start[] = {
	{ "tagseal.yaml", "tagseal: 1\n"
	    "id: 0b7e4c1a-5d2f-4e38-9a6b-1c7d8e9f0a2b\norganization: Test\n"
	    "administrators: {of: group/admins, threshold: 2}\n"
	    "ledger: {id: test/log, commits: commit, checkpoints: log}\n"
	    "timestamp-authorities: [{url: \"http://tsa/\", "
	    "roots: trust/tsa.pem}]\n" },
	{ "trust/tsa.pem", "x" },
	{ "certificates/x.pem", "x" },
	{ "certificates/test.yaml", "kind: x509\npurpose: test\n"
	    "key: \"pkcs11:object=t\"\ncertificate: x.pem\n" },
	{ "certificates/release.yaml", "kind: x509\npurpose: release\n"
	    "key: \"pkcs11:object=r\"\ncertificate: x.pem\n" },
	{ "certificates/commit.yaml", "kind: ssh\npurpose: ledger\n"
	    "key: \"pkcs11:object=c\"\npublic: ssh-ed25519 x\n" },
	{ "certificates/log.yaml", "kind: log\npurpose: ledger\n"
	    "key: \"pkcs11:object=l\"\npublic: test/log+x\n" },
	{ "groups/developers.yaml", "members: [person/ann, person/ben]\n" },
	{ "groups/managers.yaml", "members: [person/cem, person/dea]\n" },
	{ "groups/security.yaml", "members: [person/dea, person/eli]\n" },
	{ "groups/admins.yaml", "members: [group/managers]\n" },
	{ "projects/app/project.yaml", "description: an app\n"
	    "repository: [\"https://git.test/app.git\"]\n"
	    "owners: [group/developers]\noutputs: [{directory: /srv/app}]\n" },
	{ "projects/app/artifacts/default.yaml", "artifact: {file: {}}\n" },
	{ "projects/app/artifacts/nightly.yaml", "artifact: {file: {}}\n" },
	{ "projects/app/policies/test.yaml", "certificate: test\n"
	    "purpose: test\nrefs: [\"refs/tags/**\"]\n"
	    "submitters: [group/developers, person/bot]\n"
	    "artifact-configurations: [default, nightly]\n" },
	{ "projects/app/policies/release.yaml", "certificate: release\n"
	    "purpose: release\nrefs: [\"refs/tags/v[0-9]*\"]\n"
	    "submitters: [group/developers]\n"
	    "approvals: {quorum: [{count: 1, of: [group/managers]}, "
	    "{count: 1, of: [group/security]}], expire-after: 7d, wait: 1h}\n"
	    "origin: {branches: [main, \"release/*\"], "
	    "signed-commits: true}\n"
	    "artifact-configurations: [default]\n" },
};

void
organization_put(struct organization_files *o, const char *path,
    const char *text)
{
	size_t i = 0;

	while (i < o->count && strcmp(o->files[i].path, path) != 0)
		i++;
	assert_true(i < ORGANIZATION_FILES);
	o->files[i].path = arena_text(o->arena, SPAN_TEXT(path));
	assert_true(arena_copy(o->arena, SPAN_TEXT(text),
	    &o->files[i].bytes));
	o->count += i == o->count ? 1 : 0;
}

/* An Ed25519 key that nobody has: its bytes are all the same. */
static void
put_person(struct organization_files *o, const char *slug, uint8_t number,
    const char *more)
{
	CLEANUP(buf_done) struct buf blob = { 0 }, text = { 0 };
	uint8_t key[32];
	char path[64];

	memset(key, number, sizeof(key));
	buf_str(&blob, SPAN_TEXT("ssh-ed25519"));
	buf_str(&blob, SPAN(key));
	buf_printf(&text, "name: The %s\nemail: %s@test\n%skeys:\n"
	    "  - ssh: \"ssh-ed25519 ", slug, slug, more);
	text_base64(buf_span(&blob), &text);
	buf_text(&text, "\"\n    valid-from: \"2020-01-01\"\n");
	snprintf(path, sizeof(path), "people/%s.yaml", slug);
	organization_put(o, path, buf_cstr(&text));
}

void
organization_init(struct organization_files *o)
{
	*o = (struct organization_files){ .arena = arena_new(16 << 20) };
	for (size_t i = 0; i < COUNT(start); i++)
		organization_put(o, start[i].path, start[i].text);
	put_person(o, "ann", 1, "");
	put_person(o, "ben", 2, "");
	put_person(o, "cem", 3, "");
	put_person(o, "dea", 4, "");
	put_person(o, "eli", 5, "");
	put_person(o, "bot", 6, "kind: build-system\n");
}

void
organization_done(struct organization_files *o)
{
	arena_free(o->arena);
}

struct config *
organization_config(const struct organization_files *o)
{
	CLEANUP(config_errors_done) struct config_errors errors = { 0 };
	struct config *c = NULL;

	if (!config_parse(o->files, o->count, &c, &errors)) {
		config_errors_print(stderr, &errors, false);
		fail_msg("the organization is unsound");
	}
	return c;
}
