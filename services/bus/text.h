/* Texts that came from another process. */
#ifndef BUS_TEXT_H
#define BUS_TEXT_H

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>

/* Makes every text in the message, however deep, one that can be shown on a terminal and written
 * into a line of a log or a file: what is no UTF-8, control characters and the controls of writing
 * direction become "?", line breaks and tabs blanks. Bytes fields stay as they are. */
void text_make_plain(ProtobufCMessage *message);

/* Whether `holds` does, of the message and every one within it. */
bool messages_all(const ProtobufCMessage *message, bool (*holds)(const ProtobufCMessage *message));

/* Whether text_make_plain would change nothing about one text of at most `most` bytes. */
bool text_is_plain(const char *text, size_t most);

#endif
