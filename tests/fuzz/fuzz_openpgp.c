/*
 * openpgp_split; what it finds, armored, is found again, and has its ends. Of
 * one certificate: openpgp_certificate_read; what it takes, written, is taken
 * again.
 */
#include <stdlib.h>

#include "crypto/ends.h"
#include "crypto/openpgp.h"
#include "crypto/openpgp_make.h"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
certificate(struct span file)
{
	CLEANUP(arena_done) struct arena *a = arena_new(1 << 22);
	CLEANUP(buf_done) struct buf packets = { 0 };
	struct openpgp_certificate c, again;
	struct err e;

	if (!openpgp_certificate_read(a, file, &c, &e))
		return;
	openpgp_certificate_write(&c, &packets);
	if (!openpgp_certificate_read(a, buf_span(&packets), &again, &e)) {
		if (err_is(&e, ERR_LIMIT_MEMORY))
			return;
		abort();
	}
	if (again.count != c.count ||
	    openpgp_part_ends(&again, 0) != openpgp_part_ends(&c, 0) ||
	    openpgp_newest(&again) != openpgp_newest(&c))
		abort();
	for (size_t i = 0; i < c.count; i++)
		openpgp_signing_key(&c, c.parts[i].key.spki);
}

/* A signature is parsed without a certificate that fits, too. */
static void
signature(struct span body)
{
	bool without[OPENPGP_SUBPACKETS] = { false };
	CLEANUP(buf_done) struct buf area = { 0 };
	struct openpgp_signature s;
	struct err e;

	if (!openpgp_signature_read(body, &s, &e))
		return;
	openpgp_put_others(s.subpackets, without, &area);
	if (!span_eq(buf_span(&area), s.subpackets))
		abort();
}

static void
keys_and_signatures(struct span packets)
{
	CLEANUP(arena_done) struct arena *a = arena_new(1 << 22);
	struct reader r = rd_open(packets);
	struct openpgp_packet p;
	struct openpgp_v4_key k;
	struct err e;

	while (rd_left(&r) > 0 && openpgp_packet_read(&r, &p, &e)) {
		signature(p.body);
		if (openpgp_key_read(p.body, a, &k, &e) && k.spki.len > 0 &&
		    !public_key_parse(k.spki, &k.about, &e))
			abort();
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	CLEANUP(arena_done) struct arena *a = arena_new(1 << 22);
	struct span file = { bytes, len };
	struct openpgp_public *keys, *again;
	size_t count, one;
	struct ends ends;
	struct err e;

	certificate(file);
	keys_and_signatures(file);
	if (!openpgp_split(a, file, &keys, &count, &e))
		return 0;
	for (size_t i = 0; i < count; i++) {
		CLEANUP(buf_done) struct buf armor = { 0 };

		openpgp_armor(keys[i].packets, &armor);
		if (!openpgp_split(a, buf_span(&armor), &again, &one, &e)) {
			if (err_is(&e, ERR_LIMIT_MEMORY))
				return 0;
			abort();
		}
		if (one != 1 || !span_eq(again[0].packets, keys[i].packets) ||
		    again[0].name_count != keys[i].name_count)
			abort();
	}
	if (!ends_of_openpgp((struct span){ bytes, len }, a, &ends, &e) &&
	    !err_is(&e, ERR_LIMIT_MEMORY))
		abort();
	return 0;
}
