/* note - see note.h. */
#include <inttypes.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "crypto/note.h"

#define NOTE_MAX	((size_t)64 << 10)	/* bytes of text and lines */
#define LINES_MAX	64			/* signatures of one note */
#define NAME_MAX_BYTES	255
#define FIELD		32			/* bytes of a P-256 number */

static const char line_mark[] = "\xe2\x80\x94 ";	/* an em dash */

/* DER of SubjectPublicKeyInfo up to the key (RFC 8410; RFC 5480, P-256). */
static const uint8_t ed25519_head[] = { 0x30, 0x2a, 0x30, 0x05, 0x06, 0x03,
	0x2b, 0x65, 0x70, 0x03, 0x21, 0x00 };
static const uint8_t p256_head[] = { 0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a,
	0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce,
	0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00, 0x04 };

/*
 * A row per signature type: how its SubjectPublicKeyInfo begins, what of it a
 * vkey holds, and how the key id is made.
 */
struct type_row {
	uint8_t			type;
	struct span		head;
	size_t			size;	/* bytes of SubjectPublicKeyInfo */
	size_t			from;	/* where the vkey's part begins */
	enum signature_kind	kind;
	bool			named;	/* the id covers name and type */
	bool			der;	/* r || s goes as DER */
	bool			cosigns;	/* as a witness */
};

static const struct type_row types[] = {
	{ 1, { ed25519_head, sizeof(ed25519_head) },
	    sizeof(ed25519_head) + 32, sizeof(ed25519_head),
	    SIGNATURE_ED25519, true, false, false },
	{ 2, { p256_head, sizeof(p256_head) },
	    sizeof(p256_head) + 2 * FIELD, 0, SIGNATURE_ECDSA_SHA256, false,
	    true, false },
	{ 4, { ed25519_head, sizeof(ed25519_head) },
	    sizeof(ed25519_head) + 32, sizeof(ed25519_head),
	    SIGNATURE_ED25519, true, false, true },
};

static const struct type_row *
type_of(const struct note_key *k)
{
	for (size_t i = 0; i < COUNT(types); i++)
		if (types[i].type == k->type)
			return &types[i];
	abort();
}

static bool
type_fits(const struct type_row *t, struct span spki)
{
	struct span head;

	return spki.len == t->size &&
	    span_cut(spki, 0, t->head.len, &head) && span_eq(head, t->head);
}

/* What a public key is good for: as a log's, or as a witness's. */
static const struct type_row *
type_of_spki(struct span spki, bool cosigns)
{
	for (size_t i = 0; i < COUNT(types); i++)
		if (types[i].cosigns == cosigns && type_fits(&types[i], spki))
			return &types[i];
	return NULL;
}

/* Characters beyond ASCII are kept: what is a space there, is not. */
static bool
name_fits(struct span name)
{
	static const char *const spaces[] = { "\xc2\x85", "\xc2\xa0",
		"\xe1\x9a\x80", "\xe2\x80\x80", "\xe2\x80\x81", "\xe2\x80\x82",
		"\xe2\x80\x83", "\xe2\x80\x84", "\xe2\x80\x85", "\xe2\x80\x86",
		"\xe2\x80\x87", "\xe2\x80\x88", "\xe2\x80\x89", "\xe2\x80\x8a",
		"\xe2\x80\xa8", "\xe2\x80\xa9", "\xe2\x80\xaf", "\xe2\x81\x9f",
		"\xe3\x80\x80" };

	for (size_t i = 0; i < name.len; i++)
		if (name.ptr[i] <= 0x20 || name.ptr[i] == 0x7f ||
		    name.ptr[i] == '+')
			return false;
	for (size_t i = 0; i < COUNT(spaces); i++)
		if (span_find(name, span_text(spaces[i])) != SIZE_MAX)
			return false;
	return name.len > 0 && name.len <= NAME_MAX_BYTES && text_utf8(name);
}

static uint32_t
first_four(struct span s)
{
	struct reader r = rd_open(s);

	return rd_u32be(&r);
}

static uint32_t
key_id(const struct type_row *t, struct span name, struct span material)
{
	CLEANUP(buf_done) struct buf b = { 0 };

	if (t->named) {
		buf_put(&b, name);
		buf_u8(&b, '\n');
		buf_u8(&b, t->type);
	}
	buf_put(&b, material);
	struct digest d = digest_of(DIGEST_SHA256, buf_span(&b));
	return first_four(digest_span(&d));
}

static bool
key_make(const struct type_row *t, struct arena *a, struct span name,
    struct span public_key, struct note_key *out, struct err *e)
{
	struct note_key k;

	if (!name_fits(name))
		return err_set(e, ERR_NOTE_KEY, "\"%s\" cannot be the name of "
		    "a key", text_show(name).text);
	if (!arena_copy(a, name, &k.name) ||
	    !arena_copy(a, public_key, &k.public_key))
		return err_budget(e, a);
	k.type = t->type;
	k.id = key_id(t, k.name, span_from(k.public_key, t->from));
	*out = k;
	return true;
}

bool
note_key_make(struct arena *a, struct span name, struct span public_key,
    struct note_key *out, struct err *e)
{
	const struct type_row *t = type_of_spki(public_key, false);

	return t == NULL ? err_set(e, ERR_NOTE_KEY, "the key is neither "
	    "Ed25519 nor ECDSA P-256") :
	    key_make(t, a, name, public_key, out, e);
}

bool
cosigner_make(struct arena *a, struct span name, struct span public_key,
    struct note_key *out, struct err *e)
{
	const struct type_row *t = type_of_spki(public_key, true);

	return t == NULL ? err_set(e, ERR_NOTE_KEY, "the key of a witness is "
	    "not Ed25519") : key_make(t, a, name, public_key, out, e);
}

/* What a vkey holds after its type, made a SubjectPublicKeyInfo. */
static const struct type_row *
whole_key(struct span material, bool cosigns, struct buf *spki)
{
	struct span type, rest = span_from(material, 1);

	if (!span_cut(material, 0, 1, &type))
		return NULL;
	for (size_t i = 0; i < COUNT(types); i++) {
		struct span head = { types[i].head.ptr, types[i].from };

		if (types[i].type != type.ptr[0] ||
		    types[i].cosigns != cosigns)
			continue;
		buf_put(spki, head);
		buf_put(spki, rest);
		return type_fits(&types[i], buf_span(spki)) ? &types[i] : NULL;
	}
	return NULL;
}

static bool
key_parse(struct arena *a, struct span vkey, bool cosigns,
    struct note_key *out, struct err *e)
{
	CLEANUP(buf_done) struct buf raw = { 0 }, spki = { 0 };
	struct span rest = vkey, name, id_hex;
	const struct type_row *t;
	uint8_t id[4];
	struct note_key k;

	if (vkey.len > NOTE_MAX || !span_split(&rest, '+', &name) ||
	    !span_split(&rest, '+', &id_hex) ||
	    !text_unhex(id_hex, id, sizeof(id)) || !text_unbase64(rest, &raw))
		return err_set(e, ERR_NOTE_KEY, "not name+hex+base64");
	t = whole_key(buf_span(&raw), cosigns, &spki);
	if (t == NULL)
		return err_set(e, ERR_NOTE_KEY, cosigns ? "the key is not "
		    "that of a witness (type 4)" : "the key is neither "
		    "Ed25519 (type 1) nor ECDSA P-256 (type 2)");
	if (!key_make(t, a, name, buf_span(&spki), &k, e))
		return false;
	if (k.id != first_four(SPAN(id)))
		return err_set(e, ERR_NOTE_KEY, "the key id does not belong "
		    "to name and key");
	*out = k;
	return true;
}

bool
note_key_parse(struct arena *a, struct span vkey, struct note_key *out,
    struct err *e)
{
	return key_parse(a, vkey, false, out, e);
}

bool
cosigner_parse(struct arena *a, struct span vkey, struct note_key *out,
    struct err *e)
{
	return key_parse(a, vkey, true, out, e);
}

void
note_key_write(const struct note_key *k, struct buf *out)
{
	CLEANUP(buf_done) struct buf material = { 0 };

	buf_put(out, k->name);
	buf_printf(out, "+%08" PRIx32 "+", k->id);
	buf_u8(&material, k->type);
	buf_put(&material, span_from(k->public_key, type_of(k)->from));
	text_base64(buf_span(&material), out);
}

static bool
malformed(struct err *e, const char *why)
{
	return err_set(e, ERR_NOTE, "%s", why);
}

bool
note_line_parse(struct arena *a, struct span line, struct note_line *out,
    struct err *e)
{
	CLEANUP(buf_done) struct buf raw = { 0 };
	struct span rest = span_from(line, strlen(line_mark)), copy;

	if (!span_starts(line, line_mark) ||
	    !span_split(&rest, ' ', &out->name) || !name_fits(out->name) ||
	    !text_unbase64(rest, &raw) || raw.len <= 4)
		return malformed(e, "a signature line is none");
	if (!arena_copy(a, buf_span(&raw), &copy))
		return err_budget(e, a);
	out->id = first_four(copy);
	out->signature = span_from(copy, 4);
	return true;
}

static bool
parse_lines(struct arena *a, struct span rest, struct note *n, struct err *e)
{
	struct span line;

	while (span_line(&rest, &line)) {
		if (n->count == LINES_MAX)
			return malformed(e, "too many signatures");
		n->lines = arena_grow(a, n->lines, n->count,
		    sizeof(*n->lines));
		if (n->lines == NULL)
			return err_budget(e, a);
		if (!note_line_parse(a, line, &n->lines[n->count++], e))
			return false;
	}
	return n->count > 0 || malformed(e, "there is no signature");
}

/* The text may hold empty lines: it ends before the last one. */
static bool
split_text(struct span in, struct span *text, struct span *lines)
{
	for (size_t i = in.len; i >= 2; i--)
		if (in.ptr[i - 1] == '\n' && in.ptr[i - 2] == '\n') {
			*lines = span_from(in, i);
			return span_cut(in, 0, i - 1, text);
		}
	return false;
}

bool
note_parse(struct arena *a, struct span in, struct note *out, struct err *e)
{
	struct note n = { 0 };
	struct span lines;

	if (in.len > NOTE_MAX || !text_utf8(in))
		return malformed(e, "too long, or no UTF-8");
	for (size_t i = 0; i < in.len; i++)
		if ((in.ptr[i] < 0x20 && in.ptr[i] != '\n') ||
		    in.ptr[i] == 0x7f)
			return malformed(e, "there is a control character");
	if (!span_ends(in, "\n") || !split_text(in, &n.text, &lines))
		return malformed(e, "there is no text, empty line and "
		    "signature");
	if (!parse_lines(a, lines, &n, e))
		return false;
	*out = n;
	return true;
}

void
note_line_write(const struct note_key *k, struct span signature,
    struct buf *out)
{
	CLEANUP(buf_done) struct buf payload = { 0 };

	buf_u32be(&payload, k->id);
	buf_put(&payload, signature);
	buf_text(out, line_mark);
	buf_put(out, k->name);
	buf_u8(out, ' ');
	text_base64(buf_span(&payload), out);
	buf_u8(out, '\n');
}

bool
note_line_by(const struct note_line *l, const struct note_key *k)
{
	return l->id == k->id && span_eq(l->name, k->name);
}

void
note_plan(const struct note_key *k, struct span text, struct to_be_signed *out)
{
	enum signature_kind kind = type_of(k)->kind;

	*out = (struct to_be_signed){ .kind = kind };
	if (signature_rows[kind].whole_message)
		out->message = text;
	else
		out->digest = digest_of(signature_rows[kind].digest, text);
}

static bool
check_line(const struct note *n, const struct note_line *l,
    const struct note_key *k, struct err *e)
{
	CLEANUP(buf_done) struct buf raw = { 0 };
	struct to_be_signed t;
	struct span value = l->signature;

	note_plan(k, n->text, &t);
	if (type_of(k)->der) {
		if (!signature_ecdsa_from_der(value, FIELD, &raw))
			return err_set(e, ERR_SIGNATURE_BAD, "the signature "
			    "of %s is no ECDSA-Sig-Value",
			    text_show(k->name).text);
		value = buf_span(&raw);
	}
	return signature_check(k->public_key, &t, value, e) ||
	    err_at(e, "signature of %s", text_show(k->name).text);
}

bool
note_verify(const struct note *n, const struct note_key *keys, size_t count,
    size_t *good, struct err *e)
{
	size_t found = 0;

	for (size_t k = 0; k < count; k++) {
		bool once = false;

		for (size_t i = 0; i < n->count; i++) {
			if (!note_line_by(&n->lines[i], &keys[k]))
				continue;
			if (!check_line(n, &n->lines[i], &keys[k], e))
				return false;
			once = true;
		}
		found += once;
	}
	if (found == 0)
		return err_set(e, ERR_NOTE_UNSIGNED, "none of the %zu keys "
		    "trusted here signed the note", count);
	if (good != NULL)
		*good = found;
	return true;
}

bool
note_check(const struct note *n, const struct note_key *k, struct err *e)
{
	return note_verify(n, k, 1, NULL, e);
}

bool
note_finish(const struct note_key *k, struct span text, struct span value,
    struct buf *out, struct err *e)
{
	CLEANUP(buf_done) struct buf payload = { 0 };
	struct to_be_signed t;

	note_plan(k, text, &t);
	if (!signature_check(k->public_key, &t, value, e))
		return false;
	if (!type_of(k)->der)
		buf_put(&payload, value);
	else if (!signature_ecdsa_to_der(value, &payload))
		return err_set(e, ERR_SIGNATURE_BAD, "not r and s of P-256");
	buf_put(out, text);
	buf_u8(out, '\n');
	note_line_write(k, buf_span(&payload), out);
	return true;
}

void
checkpoint_write(const struct checkpoint *c, struct buf *out)
{
	buf_put(out, c->origin);
	buf_printf(out, "\n%" PRIu64 "\n", c->size);
	text_base64(merkle_span(&c->root), out);
	buf_u8(out, '\n');
}

/* The three lines; *rest is what follows them. */
static bool
three_lines(struct span *rest, struct checkpoint *out, struct err *e)
{
	CLEANUP(buf_done) struct buf root = { 0 };
	struct span size, base64;
	struct checkpoint c;

	if (!span_line(rest, &c.origin) || !name_fits(c.origin) ||
	    !span_line(rest, &size) || !text_u64(size, &c.size) ||
	    c.size >> (MERKLE_LEVELS - 1) != 0 ||
	    !span_line(rest, &base64) || !text_unbase64(base64, &root) ||
	    !merkle_read(buf_span(&root), &c.root))
		return err_set(e, ERR_NOTE, "not the three lines of a "
		    "checkpoint: origin, size, root");
	*out = c;
	return true;
}

bool
checkpoint_parse(struct span text, struct checkpoint *out, struct err *e)
{
	struct span rest = text;
	struct checkpoint c;

	if (!three_lines(&rest, &c, e))
		return false;
	if (rest.len > 0 || !span_ends(text, "\n"))
		return err_set(e, ERR_NOTE, "the checkpoint does not end "
		    "after its third line");
	*out = c;
	return true;
}

bool
checkpoint_parse_extended(struct span text, struct checkpoint *out,
    struct err *e)
{
	struct span rest = text, line;
	struct checkpoint c;

	if (!three_lines(&rest, &c, e))
		return false;
	while (span_line(&rest, &line))
		if (line.len == 0)
			return err_set(e, ERR_NOTE, "the checkpoint has an "
			    "empty line");
	if (!span_ends(text, "\n"))
		return err_set(e, ERR_NOTE, "the checkpoint has no end");
	*out = c;
	return true;
}

bool
checkpoint_verify(struct span bytes, const struct note_key *k,
    struct checkpoint *out, struct err *e)
{
	CLEANUP(arena_done) struct arena *a = arena_new(2 * NOTE_MAX);
	struct checkpoint c;
	struct note n;

	if (!note_parse(a, bytes, &n, e) || !note_check(&n, k, e) ||
	    !checkpoint_parse(n.text, &c, e))
		return err_at(e, "checkpoint");
	if (!span_eq(c.origin, k->name))
		return err_set(e, ERR_NOTE_UNSIGNED, "checkpoint of \"%s\", "
		    "signed as \"%s\"", text_show(c.origin).text,
		    text_show(k->name).text);
	*out = c;
	return true;
}
