/*
 * openpgp - what a verifier may answer (git/openpgp_protocol.h), for whoever
 * starts one.
 */
#ifndef JUDGE_OPENPGP_H
#define JUDGE_OPENPGP_H

#include "sys/channel.h"

extern const struct message_row verifier_answers[];
extern const size_t verifier_answer_count;

#endif
