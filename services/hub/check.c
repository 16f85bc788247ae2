#include "services/hub/check.h"

#include "core/period.h"
#include "services/bus/convert.h"
#include "services/bus/text.h"

#include <string.h>

/* The last millisecond of the year 9999, which is the last that RFC 3339 can write. */
#define TIME_MS_MAX UINT64_C(253402300799999)

enum { FILES_MAX = 100000, PROBLEM_BYTES_MAX = 2000 };

/* --- hand-ins --------------------------------------------------------------------------------- */

static bool check_text(const char *text, size_t most, const char *what, struct fault *fault) {
    return !text || text_is_plain(text, most) ||
           fault_set(fault, FAULT_INPUT, "%s of %zu bytes: %zu at most", what, strlen(text), most);
}

bool check_hand_in(const HandIn *hand_in, struct fault *fault) {
    if (hand_in->n_files > FILES_MAX)
        return fault_set(fault, FAULT_INPUT, "%zu files at once: %d at most", hand_in->n_files,
                         FILES_MAX);
    for (size_t i = 0; i < hand_in->n_files; i++) {
        if (!check_text(hand_in->files[i]->name, PATH_BYTES_MAX, "a file's name", fault))
            return false;
    }
    if (hand_in->has_publish_at_ms && hand_in->publish_at_ms > TIME_MS_MAX)
        return fault_set(fault, FAULT_INPUT, "a release cannot be held beyond the year 9999");
    return check_text(hand_in->dataset, NAME_BYTES_MAX, "a dataset", fault) &&
           check_text(hand_in->label, NAME_BYTES_MAX, "a label", fault);
}

/* --- what was read ---------------------------------------------------------------------------- */

static bool is_hash(const char *text) {
    return strlen(text) == HASH_TEXT - 1 && strspn(text, "0123456789abcdef") == HASH_TEXT - 1;
}

static bool warning_known(const char *kind) {
    for (int i = 0; i < WARNING_COUNT; i++) {
        if (strcmp(kind, warning_names[i]) == 0)
            return true;
    }
    return false;
}

static bool warnings_fit(const Warnings *warnings) {
    bool fit = warnings->n_counts <= WARNING_COUNT && warnings->n_problems <= PROBLEMS_KEPT;
    for (size_t i = 0; fit && i < warnings->n_counts; i++)
        fit = warning_known(warnings->counts[i]->kind) && warnings->counts[i]->count <= INT32_MAX;
    for (size_t i = 0; fit && i < warnings->n_problems; i++) {
        const Problem *problem = warnings->problems[i];
        fit = text_is_plain(problem->file, PATH_BYTES_MAX) &&
              text_is_plain(problem->reason, PROBLEM_BYTES_MAX) &&
              (!problem->sheet || text_is_plain(problem->sheet, PATH_BYTES_MAX));
    }
    return fit;
}

static bool release_fits(const struct release *release, const struct geography *geography) {
    bool fits = release->n <= RELEASE_OBSERVATIONS_MAX && release->n_codes <= geography->n_codes &&
                release->n_periods <= RELEASE_PERIODS_MAX;
    for (size_t i = 0, next = 0; fits && i < release->n_codes; i++) {
        size_t code = geography_code_near(geography, release->codes[i], next);
        fits = code != SIZE_MAX;
        next = code + 1;
    }
    for (size_t i = 0; fits && i < release->n_periods; i++) {
        int32_t key;
        size_t length = strnlen(release->periods[i], NAME_BYTES_MAX + 1);
        fits = length <= NAME_BYTES_MAX && period_key(release->periods[i], length, &key);
    }
    for (size_t i = 0; fits && i < release->n_sheets; i++)
        fits = text_is_plain(release->sheets[i], PATH_BYTES_MAX);
    return fits;
}

static bool check_release(const struct pack *pack, const ReadRelease *read, struct fault *fault) {
    if (definition_dataset(pack->definition, read->dataset) == NO_DATASET ||
        strcmp(read->dataset, read->observations->dataset) != 0)
        return fault_set(fault, FAULT_INPUT, "a release of dataset '%.100s', which is none of them",
                         read->dataset);
    if (!*read->label || !text_is_plain(read->label, NAME_BYTES_MAX) ||
        !text_is_plain(read->file_name, PATH_BYTES_MAX) || !is_hash(read->file_hash) ||
        (read->warnings && !warnings_fit(read->warnings)))
        return fault_set(fault, FAULT_INPUT,
                         "a release of %.100s whose label, file or warnings cannot be",
                         read->dataset);
    struct release *release = release_of_message(read->observations, fault);
    if (!release)
        return false;
    bool fits = release_fits(release, pack->geography);
    release_destroy(&release);
    return fits || fault_set(fault, FAULT_INPUT,
                             "observations of %.100s whose codes or periods do not fit the pack",
                             read->dataset);
}

bool check_read(struct hub *hub, bool of_pack, const ReadResult *read, struct fault *fault) {
    if (of_pack != (read->pack != NULL))
        return fault_set(fault, FAULT_INPUT,
                         of_pack ? "files of a pack, read as none"
                                 : "files that are no pack, read as one");
    struct pack *own = of_pack ? pack_of_message(read->pack, fault) : NULL;
    const struct pack *pack = own;
    if (!of_pack && hub->pack[0])
        pack = library_pack(hub->library, hub->pack, fault);
    else if (!of_pack)
        fault_set(fault, FAULT_INPUT, "releases, and there is no pack yet");
    bool fine = pack != NULL;
    for (size_t i = 0; fine && i < read->n_releases; i++)
        fine = check_release(pack, read->releases[i], fault);
    pack_destroy(&own);
    return fine;
}

/* --- other results ---------------------------------------------------------------------------- */

bool check_scores(const ScoreTask *order, const EditionScores *scores, struct fault *fault) {
    bool same = strcmp(order->pack, scores->pack) == 0 && order->n_inputs == scores->n_inputs;
    for (size_t i = 0; same && i < order->n_inputs; i++)
        same = strcmp(order->inputs[i]->dataset, scores->inputs[i]->dataset) == 0 &&
               strcmp(order->inputs[i]->observations, scores->inputs[i]->observations) == 0;
    return same || fault_set(fault, FAULT_INPUT, "scores of other inputs than were ordered");
}

bool check_published(const Published *published, struct fault *fault) {
    return text_is_plain(published->folder, PATH_BYTES_MAX) ||
           fault_set(fault, FAULT_INPUT, "a folder whose name cannot be");
}
