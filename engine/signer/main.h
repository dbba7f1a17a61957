/*
 * main - the main of the role "signer".
 */
#ifndef SIGNER_MAIN_H
#define SIGNER_MAIN_H

/*
 * signer_main: as "@signer local ..." it serves the channel at PROCESS_CHANNEL
 * until it is closed; as "@signer" the supervisor of a team is there, and says
 * whom to serve.
 */
int	signer_main(int argc, char **argv);

#endif
