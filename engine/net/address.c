/* address - see address.h. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "base/own.h"
#include "net/address.h"

/* A network: the first bits of an address. */
struct network {
	uint8_t	start[16];
	uint8_t	bits;
};

static const struct network networks4[] = {
	{ { 0 },		8 },	/* this host */
	{ { 10 },		8 },
	{ { 100, 64 },		10 },	/* shared by providers */
	{ { 127 },		8 },
	{ { 169, 254 },		16 },	/* link-local, cloud metadata */
	{ { 172, 16 },		12 },
	{ { 192, 0, 0 },	24 },
	{ { 192, 0, 2 },	24 },	/* documentation */
	{ { 192, 168 },		16 },
	{ { 198, 18 },		15 },	/* benchmarks */
	{ { 198, 51, 100 },	24 },
	{ { 203, 0, 113 },	24 },
	{ { 224 },		4 },	/* multicast */
	{ { 240 },		4 },	/* reserved, broadcast */
};

/* Only 2000::/3 is handed out; within it, these are not public. */
static const struct network networks6[] = {
	{ { 0x20, 0x01, 0x00 },		23 },	/* protocols, Teredo */
	{ { 0x20, 0x01, 0x0d, 0xb8 },	32 },	/* documentation */
	{ { 0x3f, 0xff, 0x00 },		20 },	/* documentation */
};

/* IPv6 networks that carry an IPv4 address, and where it stands in them. */
static const struct {
	struct network	network;
	size_t		at;
} carriers[] = {
	{ { { [10] = 0xff, [11] = 0xff }, 96 }, 12 },	/* mapped */
	{ { { 0x00, 0x64, 0xff, 0x9b }, 96 }, 12 },	/* NAT64 */
	{ { { 0x20, 0x02 }, 16 }, 2 },			/* 6to4 */
};

static const struct network public6 = { { 0x20 }, 3 };

static bool
within(const uint8_t *address, const struct network *n)
{
	size_t whole = n->bits / 8;
	uint8_t mask = (uint8_t)(0xff00 >> n->bits % 8);

	if (memcmp(address, n->start, whole) != 0)
		return false;
	return n->bits % 8 == 0 ||
	    (address[whole] & mask) == (n->start[whole] & mask);
}

static bool
private4(const uint8_t *address)
{
	for (size_t i = 0; i < COUNT(networks4); i++)
		if (within(address, &networks4[i]))
			return true;
	return false;
}

static bool
private6(const uint8_t *address)
{
	for (size_t i = 0; i < COUNT(carriers); i++)
		if (within(address, &carriers[i].network)) {
			uint8_t inner[4];

			memcpy(inner, address + carriers[i].at,
			    sizeof(inner));
			return private4(inner);
		}
	for (size_t i = 0; i < COUNT(networks6); i++)
		if (within(address, &networks6[i]))
			return true;
	return !within(address, &public6);
}

bool
address_private(const struct sockaddr *address)
{
	struct sockaddr_in in;
	struct sockaddr_in6 in6;
	uint8_t bytes[16];

	switch (address->sa_family) {
	case AF_INET:
		memcpy(&in, address, sizeof(in));
		memcpy(bytes, &in.sin_addr, 4);
		return private4(bytes);
	case AF_INET6:
		memcpy(&in6, address, sizeof(in6));
		memcpy(bytes, &in6.sin6_addr, 16);
		return private6(bytes);
	}
	return true;
}

/* is_or_below: "localhost", "a.localhost" (RFC 6761, 6.3). */
static bool
is_or_below(const char *host, const char *name)
{
	size_t n = strlen(host), m = strlen(name);

	return n >= m && strcasecmp(host + n - m, name) == 0 &&
	    (n == m || host[n - m - 1] == '.');
}

bool
address_private_name(const char *host)
{
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6 };
	struct sockaddr_in in = { .sin_family = AF_INET };
	struct sockaddr address;

	if (inet_pton(AF_INET6, host, &in6.sin6_addr) == 1)
		return private6(in6.sin6_addr.s6_addr);
	if (inet_aton(host, &in.sin_addr) == 0)
		return is_or_below(host, "localhost");
	memcpy(&address, &in, sizeof(address));
	return address_private(&address);
}
