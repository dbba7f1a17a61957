/*
 * own_keys - what a person may do to the own keys alone, and how one
 * administrator takes it back. Only for use inside of policy/.
 *
 * A thief of one key has the rights of its owner, and must not get more: no
 * other key gets better by it, and none lives longer.
 */
#ifndef POLICY_OWN_KEYS_H
#define POLICY_OWN_KEYS_H

#include "policy/chain.h"
#include "policy/findings.h"

/*
 * keys_owner gives the person whose keys, and nothing else, a commit changes;
 * NULL: there is none, or it is a machine.
 */
const struct person *keys_owner(const struct config *parent,
	    const struct chain_facts *);

/*
 * keys_replaced: what is there is taken out or narrowed, what is new lives no
 * longer than the key that signed. false: noted why not.
 */
bool	keys_replaced(struct judging *, const struct person *owner,
	    const struct chain_facts *);

/*
 * keys_restored: the commit takes out keys that do not count yet, brings
 * entries back as they were before their owner changed them, and does nothing
 * else. It notes nothing.
 */
bool	keys_restored(const struct person *owner, const struct chain_facts *);

#endif
