/* rope - see rope.h. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/file_ahead.h"
#include "base/rope.h"

#define PIECE_SIZE	((size_t)64 << 10)

static bool
rope_one(struct arena *a, struct extent x, struct rope *out, struct err *e)
{
	struct extent *v = ARENA_NEW(a, struct extent);

	if (v == NULL)
		return err_budget(e, a);
	*v = x;
	*out = (struct rope){ v, x.len > 0 ? 1 : 0, x.len };
	return true;
}

bool
rope_file(struct arena *a, int fd, uint64_t off, uint64_t len,
    struct rope *out, struct err *e)
{
	if (off > INT64_MAX || len > INT64_MAX - off)
		return err_set(e, ERR_LIMIT_SIZE, "a file of %llu bytes is too "
		    "large", (unsigned long long)len);
	return rope_one(a, (struct extent){ .fd = fd, .off = off, .len = len },
	    out, e);
}

bool
rope_bytes(struct arena *a, struct span s, struct rope *out, struct err *e)
{
	return rope_one(a, (struct extent){ .fd = -1, .ptr = s.ptr,
	    .len = s.len }, out, e);
}

static struct extent
extent_cut(struct extent x, uint64_t off, uint64_t len)
{
	if (x.fd < 0)
		x.ptr += off;
	else
		x.off += off;
	x.len = len;
	return x;
}

/* A cursor walks the parts of the extents that lie in a range. */
struct cursor {
	const struct rope	*rope;
	size_t			 next;
	uint64_t		 skip;	/* bytes before the range */
	uint64_t		 left;	/* bytes of the range */
};

static bool
cursor_next(struct cursor *c, struct extent *out)
{
	while (c->left > 0 && c->next < c->rope->count) {
		struct extent x = c->rope->extents[c->next++];

		if (c->skip >= x.len) {
			c->skip -= x.len;
			continue;
		}
		uint64_t len = x.len - c->skip;
		if (len > c->left)
			len = c->left;
		*out = extent_cut(x, c->skip, len);
		c->skip = 0;
		c->left -= len;
		return true;
	}
	return false;
}

/* The number of the extent that a byte lies in; count: behind the last. */
static size_t
extent_find(const struct rope *r, uint64_t off)
{
	size_t low = 0, high = r->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const struct extent *x = &r->extents[middle];

		if (off < x->at + x->len)
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}

static bool
cursor_open(const struct rope *r, uint64_t off, uint64_t len, struct cursor *c,
    struct err *e)
{
	if (off > r->len || len > r->len - off)
		return err_set(e, ERR_FILE_TRUNCATED, "%llu bytes at %llu run "
		    "past the end of the file (%llu)",
		    (unsigned long long)len, (unsigned long long)off,
		    (unsigned long long)r->len);
	size_t i = extent_find(r, off);
	*c = (struct cursor){ .rope = r, .next = i, .left = len,
	    .skip = i < r->count ? off - r->extents[i].at : 0 };
	return true;
}

size_t
rope_pieces(const struct rope *r, uint64_t off, uint64_t len)
{
	return len == 0 ? 0 : extent_find(r, off + len - 1) -
	    extent_find(r, off) + 1;
}

bool
rope_slice(struct arena *a, const struct rope *r, uint64_t off, uint64_t len,
    struct rope *out, struct err *e)
{
	struct cursor c = { 0 }, again;
	struct extent x;
	uint64_t at = 0;
	size_t n = 0;

	if (!cursor_open(r, off, len, &c, e))
		return false;
	/* Many slices of a rope with many extents: none may cost them all. */
	for (again = c; cursor_next(&again, &x); n++)
		;
	struct extent *v = ARENA_ARRAY(a, struct extent, n);
	if (v == NULL)
		return err_budget(e, a);
	for (n = 0; cursor_next(&c, &x); n++, at += x.len) {
		v[n] = x;
		v[n].at = at;
	}
	*out = (struct rope){ v, n, len };
	return true;
}

bool
rope_join(struct arena *a, const struct rope *parts, size_t count,
    struct rope *out, struct err *e)
{
	struct rope r = { 0 };

	for (size_t i = 0; i < count; i++) {
		r.count += parts[i].count;
		if (__builtin_add_overflow(r.len, parts[i].len, &r.len))
			return err_set(e, ERR_LIMIT_SIZE,
			    "the result would be too large");
	}
	struct extent *v = ARENA_ARRAY(a, struct extent, r.count);
	uint64_t at = 0;
	if (v == NULL)
		return err_budget(e, a);
	r.extents = v;
	for (size_t i = 0; i < count; i++)
		for (size_t k = 0; k < parts[i].count; k++, v++) {
			*v = parts[i].extents[k];
			v->at = at;
			at += v->len;
		}
	*out = r;
	return true;
}

bool
rope_read(const struct rope *r, uint64_t off, uint64_t len, void *out,
    struct err *e)
{
	struct cursor c = { 0 };
	struct extent x;
	uint8_t *to = out;

	if (!cursor_open(r, off, len, &c, e))
		return false;
	while (cursor_next(&c, &x)) {
		if (x.fd < 0)
			memcpy(to, x.ptr, (size_t)x.len);
		else if (!file_read_at(x.fd, x.off, to, (size_t)x.len, e))
			return false;
		to += x.len;
	}
	return true;
}

bool
rope_view(struct arena *a, const struct rope *r, uint64_t off, uint64_t len,
    struct span *out, struct err *e)
{
	struct cursor c = { 0 };
	struct extent x = { .fd = -1 };

	if (!cursor_open(r, off, len, &c, e))
		return false;
	if (cursor_next(&c, &x) && x.fd < 0 && x.len == len) {
		*out = (struct span){ x.ptr, (size_t)x.len };
		return true;
	}
	uint8_t *p = arena_alloc(a, (size_t)len);
	if (p == NULL)
		return err_budget(e, a);
	if (!rope_read(r, off, len, p, e))
		return false;
	*out = (struct span){ p, (size_t)len };
	return true;
}

static bool
ahead_each(struct file_ahead *h, bool (*take)(void *, struct span,
    struct err *), void *arg, struct err *e)
{
	struct span piece;
	bool good = file_ahead_next(h, &piece, e);

	while (good && piece.len > 0)
		good = take(arg, piece, e) && file_ahead_next(h, &piece, e);
	file_ahead_end(h);
	return good;
}

static bool
extent_each(struct extent x, bool (*take)(void *, struct span, struct err *),
    void *arg, struct err *e)
{
	uint8_t piece[PIECE_SIZE];

	if (x.fd < 0)
		return take(arg, (struct span){ x.ptr, (size_t)x.len }, e);
	struct file_ahead *h = file_ahead_begin(x.fd, x.off, x.len);
	if (h != NULL)
		return ahead_each(h, take, arg, e);
	while (x.len > 0) {
		size_t n = x.len < sizeof(piece) ? (size_t)x.len :
		    sizeof(piece);

		if (!file_read_at(x.fd, x.off, piece, n, e) ||
		    !take(arg, (struct span){ piece, n }, e))
			return false;
		x = extent_cut(x, n, x.len - n);
	}
	return true;
}

bool
rope_each(const struct rope *r, uint64_t off, uint64_t len,
    bool (*take)(void *, struct span, struct err *), void *arg, struct err *e)
{
	struct cursor c = { 0 };
	struct extent x;

	if (!cursor_open(r, off, len, &c, e))
		return false;
	while (cursor_next(&c, &x))
		if (!extent_each(x, take, arg, e))
			return false;
	return true;
}

static bool
extent_next(const struct rope *r, size_t *next, struct extent *x)
{
	while (x->len == 0 && *next < r->count)
		*x = r->extents[(*next)++];
	return x->len > 0;
}

/* Whether two extents begin with the same bytes of the same thing. */
static bool
extent_shared(const struct extent *x, const struct extent *y)
{
	return x->fd == y->fd && (x->fd < 0 ? x->ptr == y->ptr :
	    x->off == y->off);
}

uint64_t
rope_shared(const struct rope *a, const struct rope *b)
{
	struct extent x = { 0 }, y = { 0 };
	size_t i = 0, j = 0;
	uint64_t at = 0;

	while (extent_next(a, &i, &x) && extent_next(b, &j, &y) &&
	    extent_shared(&x, &y)) {
		uint64_t len = x.len < y.len ? x.len : y.len;

		at += len;
		x = extent_cut(x, len, x.len - len);
		y = extent_cut(y, len, y.len - len);
	}
	return at;
}

bool
rope_same(const struct rope *a, const struct rope *b, bool *same,
    struct err *e)
{
	return rope_same_each(a, b, same, NULL, NULL, e);
}

/* The first n bytes of an extent: there, or read into room. */
static bool
extent_head(struct extent x, size_t n, uint8_t *room, struct span *out,
    struct err *e)
{
	*out = (struct span){ x.fd < 0 ? x.ptr : room, n };
	return x.fd < 0 || file_read_at(x.fd, x.off, room, n, e);
}

/* Two ropes on the way through rope_same_each. */
struct comparison {
	bool	*same;
	void	(*take)(void *, struct span);	/* may be NULL */
	void	*arg;
};

static bool
piece_same(const struct comparison *c, struct extent x, struct span theirs,
    struct err *e)
{
	uint8_t room[PIECE_SIZE];
	struct span ours;

	if (!extent_head(x, theirs.len, room, &ours, e))
		return false;
	*c->same = span_eq(ours, theirs);
	if (*c->same && c->take != NULL)
		c->take(c->arg, ours);
	return true;
}

static bool
extent_same(const struct comparison *c, struct extent x, struct extent y,
    struct err *e)
{
	uint8_t room[PIECE_SIZE];
	struct span theirs;

	while (*c->same && x.len > 0) {
		size_t n = x.len < PIECE_SIZE ? (size_t)x.len : PIECE_SIZE;

		if (!extent_head(y, n, room, &theirs, e) ||
		    !piece_same(c, x, theirs, e))
			return false;
		x = extent_cut(x, n, x.len - n);
		y = extent_cut(y, n, y.len - n);
	}
	return true;
}

/* The other one is read by the helper. */
static bool
ahead_same(const struct comparison *c, struct extent x, struct file_ahead *h,
    struct err *e)
{
	struct span theirs, part;
	bool good = true;

	while (good && *c->same && x.len > 0) {
		good = file_ahead_next(h, &theirs, e);
		while (good && *c->same && theirs.len > 0) {
			if (!span_cut(theirs, 0, PIECE_SIZE, &part))
				part = theirs;
			good = piece_same(c, x, part, e);
			theirs = span_from(theirs, part.len);
			x = extent_cut(x, part.len, x.len - part.len);
		}
	}
	file_ahead_end(h);
	return good;
}

bool
rope_same_each(const struct rope *a, const struct rope *b, bool *same,
    void (*take)(void *, struct span), void *arg, struct err *e)
{
	const struct comparison c = { same, take, arg };
	struct extent x = { 0 }, y = { 0 };
	size_t i = 0, j = 0;

	*same = a->len == b->len;
	while (*same && extent_next(a, &i, &x) && extent_next(b, &j, &y)) {
		uint64_t len = x.len < y.len ? x.len : y.len;
		struct extent ours = extent_cut(x, 0, len);
		struct extent theirs = extent_cut(y, 0, len);
		bool looks = take != NULL || !extent_shared(&x, &y);
		struct file_ahead *h = !looks || y.fd < 0 ? NULL :
		    file_ahead_begin(y.fd, y.off, len);

		if (h != NULL ? !ahead_same(&c, ours, h, e) :
		    looks && !extent_same(&c, ours, theirs, e))
			return false;
		x = extent_cut(x, len, x.len - len);
		y = extent_cut(y, len, y.len - len);
	}
	return true;
}

bool
descriptor_write(int fd, struct span s, struct err *e)
{
	while (s.len > 0) {
		ssize_t n = write(fd, s.ptr, s.len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_errno(e, ERR_SYSTEM_WRITE,
			    "cannot write %zu bytes", s.len);
		s = span_from(s, (size_t)n);
	}
	return true;
}

static bool
write_piece(void *arg, struct span piece, struct err *e)
{
	return descriptor_write(*(int *)arg, piece, e);
}

/* Not every pair of file systems can copy: then the bytes go through us. */
static bool
file_copy(struct extent x, int fd, struct err *e)
{
	while (x.len > 0) {
		off64_t from = (off64_t)x.off;
		size_t want = x.len > ((size_t)1 << 30) ? (size_t)1 << 30 :
		    (size_t)x.len;
		ssize_t n = copy_file_range(x.fd, &from, fd, NULL, want, 0);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return extent_each(x, write_piece, &fd, e);
		x = extent_cut(x, (uint64_t)n, x.len - (uint64_t)n);
	}
	return true;
}

static bool
extent_write(struct extent x, int fd, struct err *e)
{
	return x.fd >= 0 ? file_copy(x, fd, e) :
	    extent_each(x, write_piece, &fd, e);
}

bool
rope_write(const struct rope *r, int fd, struct err *e)
{
	for (size_t i = 0; i < r->count; i++)
		if (!extent_write(r->extents[i], fd, e))
			return false;
	return true;
}

static bool
seek(int fd, uint64_t at, struct err *e)
{
	return lseek(fd, (off_t)at, SEEK_SET) >= 0 || err_errno(e,
	    ERR_SYSTEM_WRITE, "cannot write at %llu", (unsigned long long)at);
}

bool
rope_write_over(const struct rope *r, int fd, int like, struct err *e)
{
	uint64_t at = 0;

	for (size_t i = 0; i < r->count; i++) {
		struct extent x = r->extents[i];
		bool stays = x.fd == like && x.off == at;

		if (!stays && (!seek(fd, at, e) || !extent_write(x, fd, e)))
			return false;
		at += x.len;
	}
	return (ftruncate(fd, (off_t)at) == 0 || err_errno(e,
	    ERR_SYSTEM_WRITE, "cannot cut the file")) && seek(fd, at, e);
}

bool
spool_put(struct spool *s, struct span in, struct err *e)
{
	if (in.len > s->limit - s->len)
		return err_set(e, ERR_LIMIT_SIZE, "the unpacked contents have "
		    "%llu bytes and more, at most %llu are allowed",
		    (unsigned long long)s->len + in.len,
		    (unsigned long long)s->limit);
	while (in.len > 0) {
		ssize_t n = pwrite(s->fd, in.ptr, in.len, (off_t)s->len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_errno(e, ERR_SYSTEM_WRITE,
			    "cannot write %zu bytes of scratch data", in.len);
		s->len += (uint64_t)n;
		in = span_from(in, (size_t)n);
	}
	return true;
}

bool
spool_rope(const struct spool *s, uint64_t from, struct arena *a,
    struct rope *out, struct err *e)
{
	return rope_file(a, s->fd, from, s->len - from, out, e);
}
