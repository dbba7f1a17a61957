/* message - see message.h. */
#include <unistd.h>

#include "base/json.h"
#include "base/limits.h"
#include "base/text.h"
#include "cli/git.h"
#include "cli/message.h"
#include "git/object.h"
#include "git/write.h"
#include "sys/clock.h"
#include "sys/file.h"

/* A JSON text is a YAML text in quotes. */
void
message_text(struct buf *out, struct span text)
{
	struct json *v = json_text(text);

	json_write(v, out);
	json_release(v);
}

void
message_member(struct buf *out, const char *key, const char *text)
{
	buf_printf(out, "%s: ", key);
	message_text(out, span_text(text));
	buf_text(out, "\n");
}

void
message_artifact(struct buf *out, const struct message_artifact *m)
{
	message_member(out, "  - name", m->name);
	buf_text(out, "    sha256: \"");
	buf_put(out, m->sha256);
	buf_printf(out, "\"\n    size: %llu\n", (unsigned long long)m->size);
	if (m->from != NULL)
		message_member(out, "    from", m->from);
	else
		message_member(out, "    path", m->path);
	message_member(out, "    configuration", m->configuration);
}

static bool
is_signed(struct repository *r, const struct object_id *tag, struct err *e)
{
	CLEANUP(arena_done) struct arena *a = arena_new(LIMIT_OBJECT_MEMORY);
	CLEANUP(buf_done) struct buf raw = { 0 };
	struct tag_object t;

	return object_read(r, tag, OBJECT_TAG, LIMIT_SIGNED_OBJECT, &raw, e) &&
	    tag_parse(buf_span(&raw), a, &t, e) &&
	    (t.signature.armor != ARMOR_NONE || err_set(e, ERR_RELEASE_TAG,
	    "git did not sign the tag, and did not say so"));
}

/*
 * git 2.39 makes the tag without a signature if it cannot read an SSH key, and
 * ends with success. Pushed, its name would be lost: so it goes.
 */
static bool
tag_check(const char *repo, const char *tag, struct err *e)
{
	CLEANUP(repository_done) struct repository *r = NULL;
	CLEANUP(buf_done) struct buf name = { 0 };
	struct object_id id;
	struct err unused;

	buf_printf(&name, "refs/tags/%s", tag);
	if (!repository_find(repo == NULL ? "." : repo, &r, e) ||
	    !ref_read(r, buf_cstr(&name), &id, e))
		return false;
	if (is_signed(r, &id, e))
		return true;
	err_at(e, "tag \"%s\"%s", text_show(span_text(tag)).text,
	    ref_delete(r, buf_cstr(&name), &id, &unused) ? " (deleted)" : "");
	return err_hint(e, "see whether the key of 'git config "
	    "user.signingkey' is there");
}

/* git tag -s reads the message from standard input, and changes nothing. */
bool
message_tag(const char *repo, const char *tag, struct span message,
    struct err *e)
{
	CLEANUP(fd_done) int fd = -1;
	const char *const words[] = { "tag", "-s", "-F", "-",
	    "--cleanup=verbatim", "--", tag, NULL };
	int code;

	if (!file_scratch(NULL, &fd, e) || !descriptor_write(fd, message, e))
		return false;
	if (lseek(fd, 0, SEEK_SET) != 0)
		return err_errno(e, ERR_SYSTEM_READ, "message of the tag");
	if (!git_run(&(struct git_call){ .folder = repo, .words = words,
	    .input = fd, .deadline = CLOCK_NEVER }, &code, e))
		return false;
	if (code != 0)
		return err_set(e, ERR_RELEASE_TAG, "git made no tag \"%s\"",
		    text_show(span_text(tag)).text);
	return tag_check(repo, tag, e);
}
