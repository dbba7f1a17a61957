/* ceremony - see ceremony.h. */
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "cli/ceremony.h"
#include "crypto/ceremony.h"
#include "crypto/digest.h"
#include "sys/clock.h"
#include "sys/file.h"

/*
 * Where the members of a record come from: the part of the record, its member,
 * and the member of the key as the signer tells it (signer: keys/facts.c).
 */
enum compared { IGNORED, JUDGED, TOLD };

static const struct from_token {
	const char	*part;
	const char	*member;
	const char	*key;
	const char	*inside;	/* a map of the key, or NULL */
	enum compared	 compared;
} from_token[] = {
	{ "key", "algorithm", "algorithm", NULL, JUDGED },
	{ "key", "label", "label", NULL, JUDGED },
	{ "key", "id", "id", NULL, JUDGED },
	{ "key", "mechanism", "mechanism", NULL, JUDGED },
	{ "key", "public_key", "public_key", NULL, IGNORED },
	{ "key", "spki_sha256", "spki_sha256", NULL, JUDGED },
	{ "token", "label", "token", NULL, TOLD },
	{ "token", "serial", "serial", NULL, JUDGED },
	{ "token", "manufacturer", "manufacturer", NULL, JUDGED },
	{ "token", "model", "model", NULL, JUDGED },
	{ "token", "hardware_version", "hardware_version", NULL, JUDGED },
	{ "token", "firmware_version", "firmware_version", NULL, TOLD },
	{ "module", "description", "description", "module", TOLD },
	{ "module", "manufacturer", "manufacturer", "module", TOLD },
	{ "module", "library_version", "library_version", "module", TOLD },
	{ "module", "cryptoki_version", "cryptoki_version", "module", TOLD },
};

static const struct json *
value_of(const struct json *key, const struct from_token *f)
{
	return json_member(f->inside == NULL ? key :
	    json_member(key, f->inside), f->key);
}

/* ---- writing */

void
ceremony_plan_done(struct ceremony_plan *p)
{
	buf_done(&p->attestation);
}

static bool
none_without_record(const struct invocation *in, struct err *e)
{
	static const char *const names[] = { "by", "witness", "attestation" };

	for (size_t i = 0; i < COUNT(names); i++)
		if (option_given(in, names[i]))
			return err_set(e, ERR_USAGE, "--%s goes with --record",
			    names[i]);
	return true;
}

/* The key would be there, and its record would not. */
static bool
path_free(const char *path, struct err *e)
{
	int fd;

	if (access(path, F_OK) == 0)
		return err_set(e, ERR_FILE_EXISTS, "%s", path);
	if (!file_scratch_beside(path, &fd, e))
		return false;
	close(fd);
	return true;
}

bool
ceremony_begin(const struct invocation *in, struct ceremony_plan *p,
    struct err *e)
{
	const char *attestation = option_text(in, "attestation");

	p->path = option_text(in, "record");
	if (p->path == NULL)
		return none_without_record(in, e);
	return option_need(in, "by", &p->by, e) && path_free(p->path, e) &&
	    (attestation == NULL || file_load(attestation, ATTESTATION_SIZE,
	    &p->attestation, e));
}

static struct json *
attributes_of(const struct json *key)
{
	CLEANUP(buf_done) struct buf text = { 0 };
	struct json *copy = NULL;
	struct err e;

	json_write(json_member(key, "attributes"), &text);
	return json_parse(buf_span(&text), &copy, &e) ? copy : json_map();
}

static struct json *
part_of(const struct json *key, const char *part)
{
	struct json *v = json_map();

	for (size_t i = 0; i < COUNT(from_token); i++) {
		const struct from_token *f = &from_token[i];
		const struct json *value = value_of(key, f);

		if (strcmp(f->part, part) == 0 && value != NULL)
			json_put_span(v, f->member, json_span(value));
	}
	if (strcmp(part, "key") == 0)
		json_put(v, "attributes", attributes_of(key));
	return v;
}

static struct json *
attestation_of(const struct buf *bytes)
{
	CLEANUP(buf_done) struct buf text = { 0 };
	struct digest d = digest_of(DIGEST_SHA256, buf_span(bytes));
	struct json *v = json_map();

	text_base64(buf_span(bytes), &text);
	json_put_span(v, "bytes", buf_span(&text));
	json_put_hex(v, "content_sha256", digest_span(&d));
	json_put_int(v, "size", (int64_t)bytes->len);
	return v;
}

static struct json *
witnesses_of(const struct invocation *in)
{
	struct json *v = json_list();
	const char *name;

	for (size_t i = 0; (name = option_nth(in, "witness", i)) != NULL; i++)
		json_add(v, json_text(span_text(name)));
	return v;
}

/* A key is exposed for ever if its token did not make it. */
static struct json *
record_of(const struct invocation *in, const struct ceremony_plan *p,
    const struct json *key)
{
	bool local = json_truth(json_member(json_member(key, "attributes"),
	    "local"));
	struct json *v = json_map();
	char at[TEXT_TIME_SIZE];

	text_time(clock_now(), at);
	json_put_int(v, "v", 1);
	json_put_text(v, "kind", CEREMONY_KIND);
	json_put_text(v, "at", at);
	json_put_text(v, "how", local ? "made" : "imported");
	json_put_bool(v, "exposed", !local);
	json_put_text(v, "by", p->by);
	json_put(v, "witnesses", witnesses_of(in));
	json_put(v, "key", part_of(key, "key"));
	json_put(v, "token", part_of(key, "token"));
	json_put(v, "module", part_of(key, "module"));
	if (p->attestation.len > 0)
		json_put(v, "attestation", attestation_of(&p->attestation));
	return v;
}

bool
ceremony_end(const struct invocation *in, const struct ceremony_plan *p,
    const struct json *key, struct err *e)
{
	CLEANUP(buf_done) struct buf bytes = { 0 };

	if (p->path == NULL)
		return true;
	CLEANUP(json_done) struct json *record = record_of(in, p, key);
	if (ceremony_write(record, &bytes, e) &&
	    file_replace_span(p->path, buf_span(&bytes), FILE_NEW, e)) {
		fprintf(stderr, "wrote %s\n", p->path);
		return true;
	}
	err_at(e, "the key is in the token, its record is not written");
	return err_hint(e, "run 'tagseal key record' for it");
}

/* ---- comparing */

static void
difference_add(struct json *list, const char *part, const char *member,
    const struct json *record, const struct json *token)
{
	struct json *v = json_map();
	char name[64];

	snprintf(name, sizeof(name), "%s.%s", part, member);
	json_put_text(v, "code", err_rows[ERR_CEREMONY_DIFFERS].code);
	json_put_text(v, "member", name);
	json_put_span(v, "record", json_span(record));
	json_put_span(v, "token", json_span(token));
	json_add(list, v);
}

struct attribute_walk {
	const struct json	*record;	/* its attributes */
	struct json		*differences;
};

/* Truth values as texts, so that all differences look alike. */
static bool
attribute_compare(void *arg, const char *name, const struct json *now,
    struct err *e)
{
	struct attribute_walk *w = arg;
	bool is = json_truth(now);
	bool was = json_truth(json_member(w->record, name));
	CLEANUP(json_done) struct json *text = json_text(span_text(is ?
	    "true" : "false"));
	CLEANUP(json_done) struct json *other = json_text(span_text(is ?
	    "false" : "true"));

	(void)e;
	if (is != was)
		difference_add(w->differences, "attributes", name, other,
		    text);
	return true;
}

static bool
record_compare(const struct json *record, struct json *key, struct err *e)
{
	struct json *differences = json_list(), *changes = json_list();
	struct attribute_walk walk = { json_member(json_member(record, "key"),
	    "attributes"), differences };

	for (size_t i = 0; i < COUNT(from_token); i++) {
		const struct from_token *f = &from_token[i];
		const struct json *was = json_member(json_member(record,
		    f->part), f->member), *is = value_of(key, f);

		if (f->compared != IGNORED &&
		    !span_eq(json_span(was), json_span(is)))
			difference_add(f->compared == JUDGED ? differences :
			    changes, f->part, f->member, was, is);
	}
	bool ok = json_each(json_member(key, "attributes"), attribute_compare,
	    &walk, e);
	json_put(key, "differences", differences);
	json_put(key, "changes", changes);
	return ok;
}

bool
ceremony_compare(const char *path, struct json *key, bool *exposed,
    struct err *e)
{
	CLEANUP(buf_done) struct buf bytes = { 0 };
	CLEANUP(json_done) struct json *record = NULL;
	struct ceremony about;

	if (!file_load(path, CEREMONY_SIZE, &bytes, e))
		return false;
	if (!ceremony_read(buf_span(&bytes), &record, &about, e))
		return err_at(e, "%s", path);
	*exposed = about.imported;
	return record_compare(record, key, e);
}
