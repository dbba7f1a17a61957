/*
 * tar: every prefix of an archive is refused, every flipped bit of a header
 * too or it changes no name, and kept sees each bit; sizes past 8 GiB.
 * (20-tar.sh judges archives of other programs.)
 */
#include "containers/tar.h"
#include "world.h"

/* Two records of zeros: an archive without entries. */
static const uint8_t nothing[2 * TAR_RECORD];

static int
setup(void **state)
{
	struct world *w = world_new("tar");
	char long_name[201] = "long/";
	const char *names[] = { "a/one.txt", "two", long_name, "\xc3\xbc" };
	struct change added[COUNT(names)];

	memset(long_name + 5, 'x', sizeof(long_name) - 6);
	for (size_t i = 0; i < COUNT(names); i++)
		added[i] = new_entry(w, names[i], SPAN_TEXT(names[i]));
	sample_set(w, made(w, "tar", SPAN(nothing), added, COUNT(names)));
	assert_int_equal(w->listing.count, 4);
	*state = w;
	return 0;
}

static void
every_prefix_has_no_end(void **state)
{
	struct world *w = *state;

	for (size_t n = 0; n < w->file.len; n++) {
		assert_true(refuses_prefix(w, n));
		assert_err(&w->err, ERR_TAR_NO_END);
	}
}

/* Data, of pax headers too, has no checksum: its bits are not our concern. */
static bool
in_header(const struct listing *l, size_t byte)
{
	const struct tar *t = l->own;
	bool any = false;

	for (size_t i = 0; i < t->count; i++) {
		const struct tar_entry *x = &t->entries[i];

		any = any || byte / TAR_RECORD == x->at / TAR_RECORD ||
		    byte / TAR_RECORD == x->header / TAR_RECORD;
	}
	return any;
}

static void
a_flipped_bit_never_changes_a_name(void **state)
{
	struct world *w = *state;
	struct span whole = flat(w, &w->file);
	size_t refused = 0;

	for (size_t i = 0; i < whole.len * 8; i++) {
		CLEANUP(free_done) uint8_t *bytes = flipped(whole, i);
		struct listing l;

		if (!in_header(&w->listing, i / 8))
			continue;
		if (!read_all(w, (struct span){ bytes, whole.len }, &l)) {
			assert_int_equal(w->err.what->kind, ERR_KIND_INPUT);
			refused++;
			continue;
		}
		assert_int_equal(l.count, w->listing.count);
		for (size_t k = 0; k < l.count; k++) {
			assert_span_equal(l.entries[k].path,
			    w->listing.entries[k].path);
			assert_int_equal(l.entries[k].size,
			    w->listing.entries[k].size);
		}
	}
	assert_true(refused > (size_t)5 * TAR_RECORD * 8 - 200);
}

static void
a_flipped_bit_is_never_kept(void **state)
{
	struct world *w = *state;

	assert_true(flips_seen(w) > 100);
}

/*
 * Of a changed entry, data, size (as far as its records hold it) and
 * checksum may differ, nothing else.
 */
static void
a_changed_entry_keeps_its_header(void **state)
{
	struct world *w = *state;
	struct change c = new_contents(w, 1, "other contents");
	const struct tar *t;
	struct listing l;
	struct rope out;
	size_t one = 1, good = 0;

	assert_ok(rebuild(w, &w->listing, &c, 1, &out), &w->err);
	struct span whole = flat(w, &out);
	assert_ok(list(w, &out, &l), &w->err);
	t = l.own;
	struct tar_entry x = t->entries[1];
	for (size_t i = 0; i < TAR_RECORD + tar_padded(x.size); i++) {
		CLEANUP(free_done) uint8_t *bytes = exact(whole);
		struct tar_record *head = (void *)(bytes + x.header);

		bytes[x.header + i] ^= 1;
		if (i < TAR_RECORD)
			tar_put_sum(head);
		if (!read_all(w, (struct span){ bytes, whole.len }, &l))
			continue;
		bool same = kept(w, &w->listing, &l, &one, 1);
		bool number = (i >= 148 && i < 156) ||
		    i == 132 || i == 134;
		bool data = i >= TAR_RECORD && i < TAR_RECORD + x.size;
		assert_int_equal(same, number || data);
		good += same;
	}
	assert_int_equal(good, 8 + 2 + x.size);
}

/*
 * A new entry hides nothing in its headers, by its own name or by a long one:
 * of both only the data, and the form of the checksum, are free.
 */
static void
a_new_entry_is_a_plain_file(void **state)
{
	struct world *w = *state;
	char long_name[201] = "new/";
	const char *names[] = { "new", long_name };

	memset(long_name + 4, 'y', sizeof(long_name) - 5);
	for (size_t k = 0; k < COUNT(names); k++) {
		struct change c = new_entry(w, names[k],
		    SPAN_TEXT("signature"));
		struct listing l;
		struct rope out;

		assert_ok(rebuild(w, &w->listing, &c, 1, &out), &w->err);
		struct span whole = flat(w, &out);
		assert_ok(list(w, &out, &l), &w->err);
		assert_ok(kept(w, &w->listing, &l, NULL, 0), &w->err);
		struct tar_entry x = ((const struct tar *)l.own)->entries[4];
		for (size_t i = x.at; i < x.end; i++) {
			CLEANUP(free_done) uint8_t *bytes = flipped(whole,
			    i * 8);
			struct rope other = rope_of(w, (struct span){ bytes,
			    whole.len });
			size_t record = i / TAR_RECORD * TAR_RECORD;
			size_t field = i - record;
			bool head = record == x.at || record == x.header;
			bool may = head ? (field >= 148 && field < 156) ||
			    (field >= 124 && field < 136) :
			    i >= x.data && i < x.data + x.size;

			if (head)
				tar_put_sum((void *)(bytes + record));
			if (list(w, &other, &l) &&
			    span_eq(l.entries[4].path, c.path))
				assert_true(!kept(w, &w->listing, &l, NULL,
				    0) || may);
		}
	}
}

static void
nothing_is_copied_that_does_not_change(void **state)
{
	struct world *w = *state;
	struct change c = new_contents(w, 1, "other");
	struct span whole = flat(w, &w->file);
	struct rope out;

	assert_ok(rebuild(w, &w->listing, &c, 1, &out), &w->err);
	assert_int_equal(borrowed(&out, whole),
	    whole.len - (size_t)2 * TAR_RECORD);
	assert_int_equal(w->spool.len, 0);
}

/* The size of an entry, as its header and its pax header give it. */
static void
grow_and_shrink(struct world *w, const struct rope *file)
{
	struct container_limits large = { 1000, 64 * GIB, 200 };
	CLEANUP(fd_done) int fd = scratch_file(SPAN_TEXT(""));
	struct change grow = { .index = 0 };
	struct change shrink = new_contents(w, 0, "small");
	struct listing first, wide, narrow;
	size_t changed = 0, other = 1;
	struct rope out, again;

	assert_int_equal(ftruncate(fd, 9LL << 30), 0);
	assert_ok(rope_file(w->arena, fd, 0, 9 * GIB, &grow.contents,
	    &w->err), &w->err);
	assert_ok(list_with(w, file, &large, &first), &w->err);
	assert_ok(rebuild(w, &first, &grow, 1, &out), &w->err);
	assert_ok(list_with(w, &out, &large, &wide), &w->err);
	assert_int_equal(wide.entries[0].size, 9 * GIB);
	assert_ok(kept(w, &first, &wide, &changed, 1), &w->err);
	assert_false(kept(w, &first, &wide, &other, 1));
	assert_err(&w->err, ERR_TAR_CHANGED);
	assert_ok(rebuild(w, &wide, &shrink, 1, &again), &w->err);
	assert_ok(list_with(w, &again, &large, &narrow), &w->err);
	assert_ok(kept(w, &wide, &narrow, &changed, 1), &w->err);
	assert_int_equal(narrow.entries[0].size, 5);
}

/* A pax header with a size in front of the first entry ("9 bytes"). */
static struct rope
sized(struct world *w, size_t header_size)
{
	CLEANUP(buf_done) struct buf b = { 0 };
	struct tar_record pax = { { 0 } }, head;
	struct span whole = flat(w, &w->file), copy;

	memcpy(head.bytes, whole.ptr, TAR_RECORD);
	pax = head;
	tar_put(&pax, TAR_F_TYPE, SPAN_TEXT("x"));
	tar_pax_put(&b, "comment", SPAN_TEXT("before"));
	tar_pax_put(&b, "size", SPAN_TEXT("9"));
	tar_size_set(&pax, b.len);
	tar_put_sum(&pax);
	tar_size_set(&head, header_size);
	tar_put_sum(&head);
	buf_zero(&b, (size_t)(tar_padded(b.len) - b.len));
	CLEANUP(buf_done) struct buf file = { 0 };
	buf_put(&file, SPAN(pax.bytes));
	buf_put(&file, buf_span(&b));
	buf_put(&file, SPAN(head.bytes));
	buf_put(&file, span_from(whole, TAR_RECORD));
	assert_true(arena_copy(w->arena, buf_span(&file), &copy));
	return rope_of(w, copy);
}

static void
sizes_past_eight_gib_are_binary(void **state)
{
	struct world *w = *state;
	struct rope with_pax = sized(w, 9);

	grow_and_shrink(w, &w->file);
	grow_and_shrink(w, &with_pax);
}

/* GNU tar writes zero, others all sevens, where octal has no room. */
static void
a_pax_size_counts_where_octal_has_no_room(void **state)
{
	static const struct { uint64_t octal; const char *pax; bool good; }
	    cases[] = {
		{ 0, "9663676416", true },
		{ TAR_OCTAL_MAX - 1, "9663676416", true },
		{ 5, "9663676416", false },
		{ 0, "8589934591", false },
	};
	struct container_limits large = { 1000, 64 * GIB, 200 };
	CLEANUP(fd_done) int fd = scratch_file(SPAN_TEXT(""));
	struct world *w = *state;

	assert_int_equal(ftruncate(fd, 10LL << 30), 0);
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct tar_record pax, head, data = { { 0 } };
		struct rope parts[4], file;
		CLEANUP(buf_done) struct buf b = { 0 };
		struct listing l;

		tar_pax_put(&b, "size", SPAN_TEXT(cases[i].pax));
		memcpy(data.bytes, b.ptr, b.len);
		memcpy(head.bytes, flat(w, &w->file).ptr, TAR_RECORD);
		pax = head;
		tar_put(&pax, TAR_F_TYPE, SPAN_TEXT("x"));
		tar_size_set(&pax, b.len);
		tar_put_sum(&pax);
		tar_size_set(&head, cases[i].octal);
		tar_put_sum(&head);
		parts[0] = rope_of(w, SPAN(pax.bytes));
		parts[1] = rope_of(w, SPAN(data.bytes));
		parts[2] = rope_of(w, SPAN(head.bytes));
		assert_ok(rope_file(w->arena, fd, 0, 10 * GIB, &parts[3],
		    &w->err), &w->err);
		assert_ok(rope_join(w->arena, parts, 4, &file, &w->err),
		    &w->err);
		assert_int_equal(list_with(w, &file, &large, &l),
		    cases[i].good);
		if (cases[i].good)
			assert_int_equal(l.entries[0].size, 9 * GIB);
		else
			assert_err(&w->err, ERR_TAR_SIZE);
	}
}

/* A size record may change its own length: 9, 10, 100 bytes. */
static void
a_pax_size_is_patched(void **state)
{
	struct world *w = *state;
	struct rope file = sized(w, 9), out;
	static const uint8_t contents[1000] = { 1 };
	size_t sizes[] = { 0, 1, 9, 10, 99, 100, 512, 1000 }, changed = 0;
	struct listing before, after;

	assert_ok(list(w, &file, &before), &w->err);
	for (size_t i = 0; i < COUNT(sizes); i++) {
		struct change c = { .index = 0, .contents = rope_of(w,
		    (struct span){ contents, sizes[i] }) };

		assert_ok(rebuild(w, &before, &c, 1, &out), &w->err);
		assert_ok(list(w, &out, &after), &w->err);
		assert_int_equal(after.entries[0].size, sizes[i]);
		assert_ok(kept(w, &before, &after, &changed, 1), &w->err);
	}
}

static void
a_probe_tells_what_it_can(void **state)
{
	struct world *w = *state;
	struct span whole = flat(w, &w->file), head;
	struct rope text = rope_of(w, SPAN_TEXT("just text, packed")), out;

	assert_true(span_cut(whole, 0, TAR_RECORD, &head));
	assert_int_equal(w->container->probe(head), 90);
	assert_true(span_cut(whole, 0, TAR_RECORD - 1, &head));
	assert_int_equal(w->container->probe(head), 0);
	assert_int_equal(w->container->probe(SPAN(nothing)), 0);
	for (const struct wrap_kind *k = wrap_kinds; k->name != NULL; k++) {
		static const uint8_t gzip[10] = { 0x1f, 0x8b, 8 };
		struct wrap wrap = { .kind = k, .level = 6, .check = 1 };

		if (k->crc)
			wrap.header = SPAN(gzip);
		assert_ok(wrap_close(&wrap, &w->file, w->arena, &w->spool,
		    &out, &w->err), &w->err);
		assert_int_equal(w->container->probe(flat(w, &out)), 90);
		assert_ok(wrap_close(&wrap, &text, w->arena, &w->spool, &out,
		    &w->err), &w->err);
		assert_int_equal(w->container->probe(flat(w, &out)), 0);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD(every_prefix_has_no_end),
		WORLD(a_flipped_bit_never_changes_a_name),
		WORLD(a_flipped_bit_is_never_kept),
		WORLD(a_changed_entry_keeps_its_header),
		WORLD(a_new_entry_is_a_plain_file),
		WORLD(limits_hold),
		WORLD(nothing_is_copied_that_does_not_change),
		WORLD(sizes_past_eight_gib_are_binary),
		WORLD(a_pax_size_counts_where_octal_has_no_room),
		WORLD(a_pax_size_is_patched),
		WORLD(a_probe_tells_what_it_can),
	};

	return cmocka_run_group_tests_name("tar", tests, NULL, NULL);
}
