/*
 * cab_digest - a cabinet as it is when it is signed, and its digest; see
 * cab.h. Room for the place of the signature moves all that follows.
 */
#include "containers/cab.h"
#include "formats/cab.h"
#include "formats/known.h"

#define AS_SIGNED	SPAN_TEXT("signed")

size_t
cabinet_room(const struct cabinet *c)
{
	return c->reserve.len > CAB_SIGNED_SIZE ? c->reserve.len :
	    CAB_SIGNED_SIZE;
}

/* By how much a head with this room is longer; modulo 2^32. */
static uint32_t
shift_of(const struct cabinet *c, size_t room)
{
	size_t len = CAB_HEADER_SIZE;

	if (room != CABINET_BARE)
		len += CAB_RESERVES_SIZE + room;
	return (uint32_t)len - (uint32_t)c->header_len;
}

static void
put_reserve(const struct cabinet *c, size_t room, uint32_t at,
    uint32_t signature, struct buf *b)
{
	buf_u16le(b, (uint16_t)room);
	buf_u8(b, c->folder_reserve);
	buf_u8(b, c->block_reserve);
	if (signature == 0) {
		buf_zero(b, room);
		return;
	}
	buf_u32le(b, CAB_SIGNED_WORD);
	buf_u32le(b, at);
	buf_u32le(b, signature);
	buf_zero(b, room - CAB_SIGNED_OWN);
}

static void
put_folders(const struct cabinet *c, uint32_t shift, struct buf *b)
{
	struct reader r = rd_open(span_from(c->head, c->header_len));

	for (unsigned i = 0; i < c->folder_count; i++) {
		buf_u32le(b, rd_u32le(&r) + shift);
		buf_put(b, rd_take(&r, CAB_FOLDER_SIZE - 4u +
		    c->folder_reserve));
	}
}

void
cabinet_head(const struct cabinet *c, size_t room, uint32_t signature,
    struct buf *b)
{
	struct reader r = rd_open(c->head);
	uint32_t shift = shift_of(c, room);
	bool bare = room == CABINET_BARE;

	buf_put(b, rd_take(&r, 8));
	buf_u32le(b, rd_u32le(&r) + shift);
	buf_put(b, rd_take(&r, 4));
	buf_u32le(b, rd_u32le(&r) + shift);
	buf_put(b, rd_take(&r, 10));
	buf_u16le(b, bare ? 0 : CAB_FLAG_RESERVE);
	rd_skip(&r, 2);
	buf_put(b, rd_take(&r, 4));
	if (!bare)
		put_reserve(c, room, c->size + shift, signature, b);
	put_folders(c, shift, b);
}

bool
cabinet_join(const struct subject *s, const struct cabinet *c,
    const struct buf *head, struct span tail, struct rope *out, struct err *e)
{
	struct rope parts[3];
	struct span bytes;

	return (arena_copy(s->arena, buf_span(head), &bytes) ||
	    err_budget(e, s->arena)) &&
	    rope_bytes(s->arena, bytes, &parts[0], e) &&
	    rope_slice(s->arena, &s->file, c->files_at,
	    c->size - c->files_at, &parts[1], e) &&
	    rope_bytes(s->arena, tail, &parts[2], e) &&
	    rope_join(s->arena, parts, COUNT(parts), out, e);
}

/*
 * What is hashed before the entries of files. The first reserved field and the
 * header's reserve are left out; in place of the latter stands its first
 * field, the length of a structure that nobody uses.
 */
static struct hasher *
head_hash(const struct cabinet *c, enum digest_kind kind)
{
	struct hasher *h = hasher_new(kind);
	CLEANUP(buf_done) struct buf head = { 0 };
	static const uint8_t no_structure[2];
	size_t room = cabinet_room(c);

	cabinet_head(c, room, 0, &head);
	struct reader r = rd_open(buf_span(&head));
	hasher_put(h, rd_take(&r, 4));
	rd_skip(&r, 4);
	/* up to iCabinet */
	hasher_put(h, rd_take(&r, CAB_HEADER_SIZE - 8));
	hasher_put(h, SPAN(no_structure));
	rd_skip(&r, CAB_RESERVES_SIZE + room);
	hasher_put(h, rd_take(&r, rd_left(&r)));
	return h;
}

bool
cabinet_digest(const struct subject *s, const struct cabinet *c,
    enum digest_kind kind, struct digest *out, struct err *e)
{
	CLEANUP(hasher_done) struct hasher *h = head_hash(c, kind);

	if (!hasher_put_rope(h, &s->file, c->files_at, c->size - c->files_at,
	    e))
		return false;
	*out = hasher_end(h);
	return true;
}

bool
cabinet_digest_known(const struct subject *s, const struct cabinet *c,
    enum digest_kind kind, struct digest *out, struct err *e)
{
	return known_find(s, AS_SIGNED, kind, out) ||
	    (cabinet_digest(s, c, kind, out, e) &&
	    known_put(s, AS_SIGNED, out, e));
}

bool
cabinet_digest_begin(const struct subject *s, const struct cabinet *c,
    enum digest_kind kind, struct err *e)
{
	return known_begin(s, AS_SIGNED, head_hash(c, kind), &s->file,
	    c->files_at, c->size, e);
}

/* Without a reserve only the first reserved field is left out. */
bool
cabinet_member_digest(const struct subject *s, const struct cabinet *c,
    enum digest_kind kind, struct digest *out, struct err *e)
{
	CLEANUP(hasher_done) struct hasher *h = hasher_new(kind);
	struct reader r = rd_open(c->head);

	if (c->flags & CAB_FLAG_RESERVE)
		return cabinet_digest(s, c, kind, out, e);
	hasher_put(h, rd_take(&r, 4));
	rd_skip(&r, 4);
	hasher_put(h, rd_take(&r, rd_left(&r)));
	if (!hasher_put_rope(h, &s->file, c->files_at, c->size - c->files_at,
	    e))
		return false;
	*out = hasher_end(h);
	return true;
}
