#include "core/xml.h"

#include <errno.h>
#include <expat.h>
#include <stdlib.h>
#include <string.h>

enum {
    CHUNK = 1 << 16,
    SLOTS = 2 * XML_NAMES_MAX,
};

struct xml {
    XML_Parser parser;
    struct unpacking *from;
    const char *member;
    const struct xml_handlers *handlers;
    void *context;
    unsigned depth;
    bool paused, over;
    struct fault refused;
    uint64_t fed;    /* bytes */
    uint64_t *names; /* hashes of those that were seen; 0: free */
    size_t n_names;
};

/* Eight bytes at a time, since it sees every name: the multiplier is of FNV-1a, the seed the
 * reader's own so that nobody can choose names that fall together. */
static uint64_t hash(const char *name, uint64_t seed) {
    size_t length = strlen(name);
    uint64_t value = seed ^ length;
    for (; length > 0;) {
        uint64_t piece = 0;
        size_t bytes = length < sizeof piece ? length : sizeof piece;
        memcpy(&piece, name, bytes);
        value = (value ^ piece) * UINT64_C(0x100000001b3);
        value ^= value >> 32;
        name += bytes;
        length -= bytes;
    }
    return value ? value : 1;
}

/* Expat keeps every name for good. */
static void count_name(struct xml *xml, const char *name) {
    uint64_t value = hash(name, (uintptr_t)xml);
    size_t slot = (size_t)(value % SLOTS);
    while (xml->names[slot] && xml->names[slot] != value)
        slot = (slot + 1) % SLOTS;
    if (xml->names[slot] == value)
        return;
    if (xml->n_names == XML_NAMES_MAX) {
        struct fault fault;
        (void)fault_set(&fault, FAULT_INPUT,
                        "more than %d different names of elements and attributes", XML_NAMES_MAX);
        xml_refuse(xml, &fault);
        return;
    }
    xml->names[slot] = value;
    xml->n_names++;
}

static void XMLCALL start(void *context, const XML_Char *name, const XML_Char **attributes) {
    struct xml *xml = context;
    count_name(xml, name);
    for (const XML_Char **attribute = attributes; *attribute; attribute += 2)
        count_name(xml, *attribute);
    if (xml->refused.kind)
        return;
    if (++xml->depth > XML_DEPTH_MAX) {
        struct fault fault;
        (void)fault_set(&fault, FAULT_INPUT, "elements nested deeper than %d", XML_DEPTH_MAX);
        xml_refuse(xml, &fault);
        return;
    }
    xml->handlers->start(xml->context, name, attributes);
}

static void XMLCALL end(void *context, const XML_Char *name) {
    struct xml *xml = context;
    if (xml->refused.kind)
        return;
    xml->handlers->end(xml->context, name);
    xml->depth--;
}

static void XMLCALL text(void *context, const XML_Char *bytes, int length) {
    struct xml *xml = context;
    if (!xml->refused.kind)
        xml->handlers->text(xml->context, bytes, (size_t)length);
}

static void XMLCALL doctype(void *context, const XML_Char *name, const XML_Char *system,
                            const XML_Char *public, int internal) {
    (void)name, (void)system, (void)public, (void)internal;
    struct fault fault;
    (void)fault_set(&fault, FAULT_INPUT,
                    "a document type declaration, which no spreadsheet has; it is not read");
    xml_refuse(context, &fault);
}

static void XMLCALL namespace(void *context, const XML_Char *prefix, const XML_Char *uri) {
    count_name(context, prefix ? prefix : "");
    count_name(context, uri ? uri : "");
}

struct xml *xml_open(struct archive *archive, size_t member, const struct xml_handlers *handlers,
                     void *context, struct fault *fault) {
    struct xml *xml = calloc(1, sizeof *xml);
    if (!xml) {
        (void)fault_memory(fault);
        return NULL;
    }
    xml->handlers = handlers;
    xml->context = context;
    xml->member = archive_name(archive, member);
    xml->parser = XML_ParserCreateNS(NULL, ' ');
    xml->names = calloc(SLOTS, sizeof *xml->names);
    if (!xml->parser || !xml->names) {
        (void)fault_memory(fault);
        xml_destroy(&xml);
        return NULL;
    }
    xml->from = archive_unpack(archive, member, fault);
    if (!xml->from) {
        xml_destroy(&xml);
        return NULL;
    }
    XML_SetUserData(xml->parser, xml);
    XML_SetElementHandler(xml->parser, start, end);
    XML_SetCharacterDataHandler(xml->parser, text);
    XML_SetStartDoctypeDeclHandler(xml->parser, doctype);
    XML_SetStartNamespaceDeclHandler(xml->parser, namespace);
    return xml;
}

void xml_destroy(struct xml **xml) {
    if (!*xml)
        return;
    if ((*xml)->parser)
        XML_ParserFree((*xml)->parser);
    unpacking_destroy(&(*xml)->from);
    free((*xml)->names);
    free(*xml);
    *xml = NULL;
}

static enum XML_Status feed(struct xml *xml, struct fault *fault) {
    void *buffer = XML_GetBuffer(xml->parser, CHUNK);
    size_t got = 0;
    if (!buffer) {
        (void)fault_memory(fault);
        return XML_STATUS_ERROR;
    }
    if (!unpacking_read(xml->from, buffer, CHUNK, &got, fault))
        return XML_STATUS_ERROR;
    xml->fed += got;
    xml->over = got == 0;
    return XML_ParseBuffer(xml->parser, (int)got, xml->over);
}

/* From 2.8 expat has names of their own for positions of 64 bits, and warns of older ones, whose
 * type is the machine's long. */
#if XML_MAJOR_VERSION > 2 || (XML_MAJOR_VERSION == 2 && XML_MINOR_VERSION >= 8)
#define CURRENT_INDEX XML_GetCurrentByteIndex64
#define CURRENT_LINE  XML_GetCurrentLineNumber64
#else
#define CURRENT_INDEX XML_GetCurrentByteIndex
#define CURRENT_LINE  XML_GetCurrentLineNumber
#endif

/* An unfinished tag is looked at from its beginning again with every chunk. */
static bool check_token(struct xml *xml, struct fault *fault) {
    int64_t index = CURRENT_INDEX(xml->parser);
    return xml->over || index < 0 || xml->fed - (uint64_t)index <= XML_TOKEN_MAX ||
           fault_set(fault, FAULT_INPUT, "a tag or comment longer than %d bytes", XML_TOKEN_MAX);
}

static enum xml_result bad(struct xml *xml, struct fault *fault) {
    if (xml->refused.kind)
        *fault = xml->refused;
    if (fault->kind == FAULT_NONE) {
        enum XML_Error error = XML_GetErrorCode(xml->parser);
        (void)fault_set(fault, FAULT_INPUT, "the XML is damaged at its line %ju: %s",
                        (uintmax_t)CURRENT_LINE(xml->parser), XML_ErrorString(error));
    }
    xml->refused = *fault;
    (void)fault_within(fault, "'%.200s'", xml->member);
    return XML_RUN_BAD;
}

enum xml_result xml_run(struct xml *xml, struct fault *fault) {
    fault->kind = FAULT_NONE;
    while (!xml->refused.kind) {
        if (xml->over && !xml->paused)
            return XML_RUN_OVER;
        errno = 0;
        enum XML_Status status = xml->paused ? XML_ResumeParser(xml->parser) : feed(xml, fault);
        /* Where memory ran out expat may lose a prefix or call it unbound, and goes on. */
        if (errno == ENOMEM)
            (void)fault_memory(fault);
        if (fault->kind == FAULT_MEMORY)
            break;
        xml->paused = status == XML_STATUS_SUSPENDED && !xml->refused.kind;
        if (xml->paused)
            return XML_RUN_PAUSED;
        if (status != XML_STATUS_OK || !check_token(xml, fault))
            break;
    }
    return bad(xml, fault);
}

bool xml_read(struct archive *archive, size_t member, const struct xml_handlers *handlers,
              void *context, struct xml **at, struct fault *fault) {
    *at = xml_open(archive, member, handlers, context, fault);
    bool fine = *at && xml_run(*at, fault) == XML_RUN_OVER;
    xml_destroy(at);
    return fine;
}

void xml_pause(struct xml *xml) {
    if (!xml->refused.kind)
        (void)XML_StopParser(xml->parser, XML_TRUE);
}

void xml_refuse(struct xml *xml, const struct fault *why) {
    if (!xml->refused.kind)
        xml->refused = *why;
    (void)XML_StopParser(xml->parser, XML_FALSE);
}

unsigned xml_depth(const struct xml *xml) {
    return xml->depth;
}

const char *xml_local(const char *name, const char *space, size_t length) {
    return strncmp(name, space, length) == 0 && name[length] == ' ' ? name + length + 1 : NULL;
}
