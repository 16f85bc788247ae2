/* XML of a workbook's parts (by expat), as a stream that can pause.
 *
 * Names come with their namespace: "NAMESPACE LOCAL", or LOCAL where there is none. What a workbook
 * has no need of and what can be misused is refused: a document type declaration (and with it every
 * entity of the document's own), elements nested deeper than XML_DEPTH_MAX, a tag or comment longer
 * than XML_TOKEN_MAX, more than XML_NAMES_MAX different names. With these the memory of a parse is
 * bounded however long the document is. */
#ifndef CORE_XML_H
#define CORE_XML_H

#include "core/archive.h"

enum {
    XML_DEPTH_MAX = 256,
    XML_TOKEN_MAX = 1 << 20,
    XML_NAMES_MAX = 2048,
};

struct xml;

/* Called with the context given to xml_new. `text` may come in pieces. */
struct xml_handlers {
    void (*start)(void *context, const char *name, const char **attributes);
    void (*end)(void *context, const char *name);
    void (*text)(void *context, const char *text, size_t length);
};

/* Opens a member of the archive, which must outlive it. NULL: the fault says why not. */
struct xml *xml_open(struct archive *archive, size_t member, const struct xml_handlers *handlers,
                     void *context, struct fault *fault);
void xml_destroy(struct xml **xml);

enum xml_result { XML_RUN_PAUSED, XML_RUN_OVER, XML_RUN_BAD };

/* Goes on to where a handler pauses, or to the end. */
enum xml_result xml_run(struct xml *xml, struct fault *fault);

/* The whole member in one go. */
bool xml_read(struct archive *archive, size_t member, const struct xml_handlers *handlers,
              void *context, struct xml **at, struct fault *fault);

/* For handlers. xml_pause is for `end` only; after xml_refuse no handler is called any more. */
void xml_pause(struct xml *xml);
void xml_refuse(struct xml *xml, const struct fault *why);

/* How deep the element at hand is: the root is 1. The same in its `start` and its `end`. */
unsigned xml_depth(const struct xml *xml);

/* The local part of `name` if it is in the namespace, of `length` characters; else NULL. */
const char *xml_local(const char *name, const char *space, size_t length);

#endif
