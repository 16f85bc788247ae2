#include "core/archive.h"
#include "core/book.h"
#include "core/gzip.h"
#include "core/utf8.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <zip.h>

struct member {
    char *name;
    uint64_t size; /* that it says it unpacks to */
    bool encrypted;
};

struct archive {
    zip_t *zip;
    struct member *members;
    size_t n_members;
};

struct unpacking {
    const char *name; /* of the member, NULL: gzip */
    zip_file_t *file;
    struct gzip *gzip;
    uint64_t left; /* of what it may unpack to */
};

/* Where memory ran out libzip may speak of a damaged archive, so errno, which whoever calls libzip
 * sets to 0 before, is what tells. */
static bool zip_fault(zip_error_t *error, const char *what, struct fault *fault) {
    return errno == ENOMEM
               ? fault_memory(fault)
               : fault_set(fault, FAULT_INPUT, "%s: %s; is the file cut short or damaged?", what,
                           zip_error_strerror(error));
}

/* Marks that reorder what a reader sees (Unicode Technical Report 36), or that it does not see. */
static bool misleads(uint32_t c) {
    return c < 0x20 || (c >= 0x7f && c < 0xa0) || (c >= 0x200b && c <= 0x200f) ||
           (c >= 0x2028 && c <= 0x202e) || (c >= 0x2060 && c <= 0x2069) || c == 0xfeff;
}

static uint32_t character(const unsigned char *at, size_t length) {
    static const unsigned char mask[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
    uint32_t c = at[0] & mask[length];
    for (size_t i = 1; i < length; i++)
        c = c << 6 | (at[i] & 0x3f);
    return c;
}

static char *shown_name(const char *name) {
    enum { ESCAPE = 8 }; /* of "\u{202e}" */
    const unsigned char *at = (const unsigned char *)name, *end = at + strlen(name);
    char *shown = malloc(ESCAPE * (size_t)(end - at) + 1);
    size_t used = 0;
    while (shown && at < end) {
        size_t length = utf8_sequence(at, end);
        uint32_t c = length ? character(at, length) : *at;
        if (length && !misleads(c)) {
            memcpy(shown + used, at, length);
            used += length;
        } else {
            static const char digits[] = "0123456789abcdef";
            memcpy(shown + used, "\\u{", 3);
            used += 3;
            for (int shift = c > 0xff ? 12 : 4; shift >= 0; shift -= 4)
                shown[used++] = digits[c >> shift & 0xf];
            shown[used++] = '}';
        }
        at += length ? length : 1;
    }
    if (shown)
        shown[used] = '\0';
    return shown;
}

static int by_name(const void *a, const void *b) {
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static bool check_names(const struct archive *archive, struct fault *fault) {
    const char **names = malloc((archive->n_members + 1) * sizeof *names);
    if (!names)
        return fault_memory(fault);
    for (size_t i = 0; i < archive->n_members; i++)
        names[i] = archive->members[i].name;
    qsort(names, archive->n_members, sizeof *names, by_name);
    bool fine = true;
    for (size_t i = 1; fine && i < archive->n_members; i++) {
        if (strcmp(names[i - 1], names[i]) == 0) {
            fine = fault_set(fault, FAULT_INPUT, "the archive has two members named '%.200s'",
                             names[i]);
        }
    }
    free(names);
    return fine;
}

static bool read_member(struct archive *archive, size_t index, struct fault *fault) {
    struct member *member = &archive->members[index];
    zip_stat_t stat;
    errno = 0;
    if (zip_stat_index(archive->zip, index, 0, &stat) != 0)
        return zip_fault(zip_get_error(archive->zip), "the archive's list of members", fault);
    if (!(stat.valid & ZIP_STAT_NAME) || !(stat.valid & ZIP_STAT_SIZE))
        return fault_set(fault, FAULT_INPUT, "member %zu of the archive has no name or size",
                         index);
    member->size = stat.size;
    member->encrypted =
        (stat.valid & ZIP_STAT_ENCRYPTION_METHOD) && stat.encryption_method != ZIP_EM_NONE;
    member->name = shown_name(stat.name);
    archive->n_members++;
    return member->name || fault_memory(fault);
}

static bool spend(const struct archive *archive, size_t length, uint64_t *budget,
                  struct fault *fault) {
    uint64_t most = (uint64_t)length * BOOK_EXPANSION_MAX;
    uint64_t sum = 0;
    for (size_t i = 0; i < archive->n_members; i++) {
        const struct member *member = &archive->members[i];
        if (member->size > *budget - sum) {
            return fault_set(fault, FAULT_INPUT,
                             "with '%.200s', which says that it has %ju bytes, the archive unpacks "
                             "to more than %ju bytes, the most that is read",
                             member->name, (uintmax_t)member->size, (uintmax_t)BOOK_UNPACKED_MAX);
        }
        sum += member->size;
    }
    if (sum > most) {
        return fault_set(fault, FAULT_INPUT,
                         "the archive unpacks to %ju bytes, more than %d times its own %zu; no "
                         "table does that",
                         (uintmax_t)sum, BOOK_EXPANSION_MAX, length);
    }
    *budget -= sum;
    return true;
}

static bool read_members(struct archive *archive, struct fault *fault) {
    zip_int64_t count = zip_get_num_entries(archive->zip, 0);
    if (count > BOOK_MEMBERS_MAX) {
        return fault_set(fault, FAULT_INPUT, "an archive of %jd members, expected at most %d",
                         (intmax_t)count, BOOK_MEMBERS_MAX);
    }
    archive->members = calloc((size_t)count + 1, sizeof *archive->members);
    if (!archive->members)
        return fault_memory(fault);
    for (size_t i = 0; i < (size_t)count; i++) {
        if (!read_member(archive, i, fault))
            return false;
    }
    return check_names(archive, fault);
}

static zip_t *open_zip(const void *bytes, size_t length, struct fault *fault) {
    zip_error_t error;
    errno = 0;
    zip_error_init(&error);
    zip_t *zip = NULL;
    zip_source_t *source = zip_source_buffer_create(bytes, length, 0, &error);
    if (source) {
        zip = zip_open_from_source(source, ZIP_RDONLY, &error);
        if (!zip)
            zip_source_free(source);
    }
    if (!zip)
        (void)zip_fault(&error, "cannot be read as a zip archive", fault);
    zip_error_fini(&error);
    return zip;
}

struct archive *archive_open(const void *bytes, size_t length, uint64_t *budget,
                             struct fault *fault) {
    struct archive *archive = calloc(1, sizeof *archive);
    if (!archive) {
        (void)fault_memory(fault);
        return NULL;
    }
    archive->zip = open_zip(bytes, length, fault);
    if (!archive->zip || !read_members(archive, fault) || !spend(archive, length, budget, fault))
        archive_destroy(&archive);
    return archive;
}

void archive_destroy(struct archive **archive) {
    if (!*archive)
        return;
    for (size_t i = 0; i < (*archive)->n_members; i++)
        free((*archive)->members[i].name);
    free((*archive)->members);
    if ((*archive)->zip)
        zip_discard((*archive)->zip);
    free(*archive);
    *archive = NULL;
}

size_t archive_members(const struct archive *archive) {
    return archive->n_members;
}

const char *archive_name(const struct archive *archive, size_t member) {
    return archive->members[member].name;
}

/* Some packers of before 2010 write Windows' own separator of paths, against the standard. */
static bool same_loosely(const char *a, const char *b) {
    for (; *a && *b; a++, b++) {
        if (tolower((unsigned char)*a) != tolower((unsigned char)*b) &&
            !(strchr("/\\", *a) && strchr("/\\", *b)))
            return false;
    }
    return *a == *b;
}

int64_t archive_find(const struct archive *archive, const char *name) {
    int64_t found = ARCHIVE_NONE;
    for (size_t i = 0; i < archive->n_members; i++) {
        if (strcmp(archive->members[i].name, name) == 0)
            return (int64_t)i;
        if (found == ARCHIVE_NONE && same_loosely(archive->members[i].name, name))
            found = (int64_t)i;
    }
    return found;
}

struct unpacking *archive_unpack(struct archive *archive, size_t member, struct fault *fault) {
    const struct member *from = &archive->members[member];
    if (from->encrypted) {
        (void)fault_set(fault, FAULT_INPUT,
                        "'%.200s' in the archive is encrypted; unpack it with its password first",
                        from->name);
        return NULL;
    }
    struct unpacking *unpacking = calloc(1, sizeof *unpacking);
    if (!unpacking) {
        (void)fault_memory(fault);
        return NULL;
    }
    unpacking->name = from->name;
    unpacking->left = from->size;
    errno = 0;
    unpacking->file = zip_fopen_index(archive->zip, member, 0);
    if (!unpacking->file) {
        (void)zip_fault(zip_get_error(archive->zip), "cannot be unpacked", fault);
        (void)fault_within(fault, "'%.200s'", from->name);
        unpacking_destroy(&unpacking);
    }
    return unpacking;
}

struct unpacking *gzip_unpack(const void *bytes, size_t length, uint64_t budget,
                              struct fault *fault) {
    struct unpacking *unpacking = calloc(1, sizeof *unpacking);
    if (!unpacking) {
        (void)fault_memory(fault);
        return NULL;
    }
    uint64_t most = (uint64_t)length * BOOK_EXPANSION_MAX;
    unpacking->left = most < budget ? most : budget;
    unpacking->gzip = gzip_new(bytes, length, fault);
    if (!unpacking->gzip)
        unpacking_destroy(&unpacking);
    return unpacking;
}

void unpacking_destroy(struct unpacking **unpacking) {
    if (!*unpacking)
        return;
    if ((*unpacking)->file)
        (void)zip_fclose((*unpacking)->file);
    gzip_destroy(&(*unpacking)->gzip);
    free(*unpacking);
    *unpacking = NULL;
}

static bool zip_read(struct unpacking *from, void *into, size_t room, size_t *got,
                     struct fault *fault) {
    errno = 0;
    zip_int64_t read = zip_fread(from->file, into, room);
    if (read < 0) {
        (void)zip_fault(zip_file_get_error(from->file), "cannot be unpacked", fault);
        return fault_within(fault, "'%.200s'", from->name);
    }
    *got = (size_t)read;
    return true;
}

bool unpacking_read(void *unpacking, void *into, size_t room, size_t *got, struct fault *fault) {
    struct unpacking *from = unpacking;
    if (!(from->gzip ? gzip_read(from->gzip, into, room, got, fault)
                     : zip_read(from, into, room, got, fault)))
        return false;
    if (*got > from->left) {
        return from->gzip ? fault_set(fault, FAULT_INPUT,
                                      "unpacks to more than %d times its own length, or more than "
                                      "%ju bytes; no table does that",
                                      BOOK_EXPANSION_MAX, (uintmax_t)BOOK_UNPACKED_MAX)
                          : fault_set(fault, FAULT_INPUT, "'%.200s' unpacks to more than it says",
                                      from->name);
    }
    from->left -= *got;
    if (*got == 0 && room > 0 && from->left > 0 && !from->gzip) {
        return fault_set(fault, FAULT_INPUT,
                         "'%.200s' unpacks to less than it says; is it damaged?", from->name);
    }
    return true;
}

bool unpacking_all(struct unpacking *unpacking, uint64_t most, char **bytes, size_t *length,
                   struct fault *fault) {
    size_t room = 1 << 16, used = 0, got = 0;
    char *all = malloc(room);
    if (!all)
        return fault_memory(fault);
    do {
        if (room - used < 2) {
            char *more = realloc(all, 2 * room);
            if (!more) {
                free(all);
                return fault_memory(fault);
            }
            all = more;
            room *= 2;
        }
        if (!unpacking_read(unpacking, all + used, room - used - 1, &got, fault)) {
            free(all);
            return false;
        }
        used += got;
        if (used > most) {
            free(all);
            return fault_set(fault, FAULT_INPUT,
                             "'%.200s' unpacks to more than %ju bytes, the most that is held",
                             unpacking->name ? unpacking->name : "the gzip file", (uintmax_t)most);
        }
    } while (got > 0);
    all[used] = '\0';
    *bytes = all;
    *length = used;
    return true;
}
