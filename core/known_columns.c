#include "core/known_columns.h"

#include "core/description.h"
#include "core/plain_text.h"

#include <ctype.h>
#include <string.h>

enum { NAMES_MAX = 32, SQUEEZED = PATTERN_ROOM };

/* By preference; squeezed, and "*" stands for any text. */
static const char *const known[ROLES][NAMES_MAX] = {
    [ROLE_CODE] = {"areacode",
                   "areacd",
                   "gsscode",
                   "geographycode",
                   "geographycd",
                   "onscode",
                   "localauthoritycode",
                   "newlacode",
                   "lacode",
                   "ladcode",
                   "ladcd",
                   "lad*cd",
                   "ltla*cd",
                   "utla*cd",
                   "ctyua*cd",
                   "csp*cd",
                   "pfa*cd",
                   "*partnershipcode",
                   "*authoritycode",
                   "*districtcode",
                   "ecode",
                   "code",
                   "*cd"},
    [ROLE_NAME] = {"areaname",
                   "areanm",
                   "geographyname",
                   "geographynm",
                   "localauthorityname",
                   "localauthority",
                   "laname",
                   "ladname",
                   "ladnm",
                   "lad*nm",
                   "ltla*nm",
                   "utla*nm",
                   "ctyua*nm",
                   "csp*nm",
                   "pfa*nm",
                   "*partnershipname",
                   "*authorityname",
                   "*districtname",
                   "areanames",
                   "area",
                   "name",
                   "description"},
    [ROLE_PERIOD] = {"period", "timeperiod", "referenceperiod", "refperiod", "date", "year",
                     "financialyear", "academicyear", "calendaryear", "quarter", "month", "time"},
    [ROLE_VALUE] = {"value", "observation", "obsvalue", "observationvalue", "figure"},
    [ROLE_LOWER] = {"lower", "lci", "lci95", "lowerci", "lowerci95*", "lowerlimit",
                    "lowerconfidenceinterval", "lowerconfidenceinterval95", "lowerconfidencelimit",
                    "lowerconfidencelimit95", "lowerci*limit", "*lowerconfidence*", "lci*", "*lci"},
    [ROLE_UPPER] = {"upper", "uci", "uci95", "upperci", "upperci95*", "upperlimit",
                    "upperconfidenceinterval", "upperconfidenceinterval95", "upperconfidencelimit",
                    "upperconfidencelimit95", "upperci*limit", "*upperconfidence*", "uci*", "*uci"},
    [ROLE_STATUS] = {"status", "observationstatus", "obsstatus", "marker", "datamarker",
                     "datamarking", "shorthand", "suppression"},
};

/* Small letters and digits only. */
static void squeeze(const char *text, char *out, size_t room) {
    char plain[SQUEEZED];
    size_t used = 0;
    plain_heading(text, strlen(text), plain, sizeof plain);
    for (const char *at = plain; *at && used + 1 < room; at++) {
        if (isalnum((unsigned char)*at))
            out[used++] = *at;
    }
    out[used] = '\0';
}

size_t known_column(int role, const char *heading) {
    char text[SQUEEZED];
    squeeze(heading, text, sizeof text);
    for (size_t i = 0; i < NAMES_MAX && known[role][i]; i++) {
        if (plain_matches(known[role][i], text))
            return i + 1;
    }
    return 0;
}

int known_property(const char *address) {
    static const struct {
        const char *end;
        int role;
    } properties[] = {
        {"refarea", ROLE_CODE},      {"statisticalgeography", ROLE_CODE},
        {"officialname", ROLE_NAME}, {"label", ROLE_NAME},
        {"refperiod", ROLE_PERIOD},  {"timeperiod", ROLE_PERIOD},
        {"obsvalue", ROLE_VALUE},    {"obsstatus", ROLE_STATUS},
        {"areacode", ROLE_CODE},     {"areaname", ROLE_NAME},
        {"period", ROLE_PERIOD},     {"value", ROLE_VALUE},
        {"observation", ROLE_VALUE}, {"lowerconfidencelimit", ROLE_LOWER},
        {"lower", ROLE_LOWER},       {"upperconfidencelimit", ROLE_UPPER},
        {"upper", ROLE_UPPER},       {"status", ROLE_STATUS},
    };
    char text[SQUEEZED];
    const char *end = address + strlen(address);
    while (end > address && !strchr("#/:", end[-1]))
        end--;
    squeeze(end, text, sizeof text);
    for (size_t i = 0; i < sizeof properties / sizeof *properties; i++) {
        if (strcmp(properties[i].end, text) == 0)
            return properties[i].role;
    }
    return -1;
}
