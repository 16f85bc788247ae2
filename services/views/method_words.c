#include "services/views/method_words.h"

#include "services/views/html.h"

static void ways_of(FILE *out, const struct scale *scale, const char *least, const char *most) {
    (void)fprintf(out, ", from %g (%s) to %g (%s)", scale->low, least, scale->high, most);
}

void words_normalise(FILE *out, const struct scale *scale) {
    switch (scale->method) {
    case NORMALISE_NONE:
    case NORMALISE_COUNT:
        (void)fputs("stays as it is", out);
        return;
    case NORMALISE_MIN_MAX:
    case NORMALISE_LEADER:
        (void)fputs("becomes its way from the place of least need to the place of most need", out);
        ways_of(out, scale, "the first", "the last");
        return;
    case NORMALISE_Z_SCORE:
        (void)fprintf(out,
                      "becomes its distance from the mean in standard deviations, so that the mean "
                      "is %g and the standard deviation %g",
                      scale->low, scale->high);
        return;
    case NORMALISE_PERCENTILE_RANK:
        (void)fputs("becomes its percentile rank", out);
        ways_of(out, scale, "least need", "most need");
        (void)fputs(": it says how many places it is above, and not by how much", out);
        return;
    case NORMALISE_RANK:
    case NORMALISE_BORDA:
        (void)fputs(
            "becomes its rank, more for more need: it says how many places it is above, and "
            "not by how much",
            out);
        return;
    case NORMALISE_SCALED:
    case NORMALISE_GOALPOSTS:
        (void)fputs("becomes its way between two fixed points", out);
        ways_of(out, scale, "the first", "the second");
        if (scale->method == NORMALISE_GOALPOSTS)
            (void)fputs(", never beyond them", out);
        return;
    case NORMALISE_TARGET:
        (void)fputs("becomes its way from the place of least need to a target", out);
        ways_of(out, scale, "least need", "the target");
        return;
    case NORMALISE_REFERENCE:
        (void)fputs("becomes its way from the place of least need to the place ", out);
        html_text(out, scale->reference ? scale->reference : "of reference");
        ways_of(out, scale, "least need", "that place");
        return;
    case NORMALISE_MAXIMUM:
        (void)fputs("becomes its share of the greatest figure", out);
        return;
    case NORMALISE_EXPONENTIAL:
        (void)fputs("becomes its rank, stretched so that places of most need are told apart best",
                    out);
        return;
    }
}

void words_impute(FILE *out, const struct imputation *imputation) {
    const char *group = imputation->group == GROUP_REGION ? "region" : "type";
    switch (imputation->method) {
    case IMPUTE_NONE:
        (void)fputs("stay gaps: nothing is put in their place", out);
        return;
    case IMPUTE_MEDIAN:
        (void)fputs("are filled by the median of the other places", out);
        return;
    case IMPUTE_MEAN:
        (void)fputs("are filled by the mean of the other places", out);
        return;
    case IMPUTE_GROUP_MEDIAN:
        (void)fprintf(out, "are filled by the median of the places of the same %s", group);
        return;
    case IMPUTE_GROUP_MEAN:
        (void)fprintf(out, "are filled by the mean of the places of the same %s", group);
        return;
    case IMPUTE_REGRESSION:
        (void)fputs("are estimated by regression on", out);
        for (size_t i = 0; i < imputation->n_on; i++) {
            (void)fputs(i ? ", " : " ", out);
            html_text(out, imputation->names[i]);
        }
        return;
    case IMPUTE_EM:
        (void)fputs("are estimated from the place's other figures (expectation-maximisation)", out);
        return;
    case IMPUTE_CARRIED:
        (void)fputs("are filled by the place's newest older figure", out);
        return;
    }
}

static const char *transform_words(enum transform transform) {
    switch (transform) {
    case TRANSFORM_LOG:
        return "its logarithm";
    case TRANSFORM_LOG_SHIFTED:
    case TRANSFORM_LOG_FROM_ONE:
        return "the logarithm of its distance from the least";
    case TRANSFORM_LOG_MIRRORED:
        return "the logarithm of its distance from the greatest";
    case TRANSFORM_BOX_COX:
        return "its Box-Cox transform";
    case TRANSFORM_NONE:
    case TRANSFORM_COUNT:
        break;
    }
    return "itself";
}

void words_treat(FILE *out, const struct treatment *treatment) {
    if (!treatment->on) {
        (void)fputs("are left as they are", out);
        return;
    }
    if (treatment->always) {
        (void)fprintf(out, "do not stand out as much because each figure is replaced by %s",
                      transform_words(treatment->transform));
        return;
    }
    (void)fprintf(out, "count where a metric's skewness is %g or more and its kurtosis %g or more",
                  treatment->skewness, treatment->kurtosis);
    if (treatment->winsorise)
        (void)fprintf(out, ": up to %u of them are moved to the next figure", treatment->winsorise);
    if (treatment->transform != TRANSFORM_NONE)
        (void)fprintf(out, "%s each figure is replaced by %s",
                      treatment->winsorise ? "; where that is not enough," : ":",
                      transform_words(treatment->transform));
}

void words_aggregate(FILE *out, const struct combination *combination) {
    switch (combination->method) {
    case AGGREGATE_ARITHMETIC:
        (void)fputs("the weighted arithmetic mean: much need in one part is made up for by little "
                    "need in another",
                    out);
        return;
    case AGGREGATE_GEOMETRIC:
        (void)fputs("the weighted geometric mean: little need in one part pulls the whole down",
                    out);
        return;
    case AGGREGATE_HARMONIC:
        (void)fputs("the weighted harmonic mean: little need in one part pulls the whole far down",
                    out);
        return;
    case AGGREGATE_GENERALISED:
        (void)fprintf(out, "the weighted generalised mean of power %g", combination->power);
        return;
    case AGGREGATE_MEDIAN:
        (void)fputs("the weighted median", out);
        return;
    case AGGREGATE_COPELAND:
        (void)fputs("how many places it outranks by more than half of the weight, less how many "
                    "outrank it",
                    out);
        return;
    case AGGREGATE_OUTRANKING:
        (void)fputs(
            "the sum, over all other places, of the share of the weight by which it is above "
            "them",
            out);
        return;
    case AGGREGATE_COUNT:
        return;
    }
}

void words_weights(FILE *out, enum weighting weighting) {
    switch (weighting) {
    case WEIGHTS_GIVEN:
        (void)fputs("weigh as the definition says", out);
        return;
    case WEIGHTS_EQUAL:
        (void)fputs("weigh the same", out);
        return;
    case WEIGHTS_PCA:
    case WEIGHTS_PCA_SQUARED:
        (void)fputs("weigh by how much they move together (first principal component)", out);
        return;
    case WEIGHTS_OPTIMISED:
        (void)fputs("weigh so that each has the importance that the definition gives it", out);
        return;
    case WEIGHTS_COUNT:
        return;
    }
}

static void of_level(FILE *out, const struct definition *definition, size_t level) {
    (void)fputs(" (level: ", out);
    html_text(out, definition->levels[level].name);
    (void)fputs(")", out);
}

void words_factor(FILE *out, const struct definition *definition, const struct factor *factor) {
    switch (factor->what) {
    case VARY_NORMALISE:
        (void)fprintf(out, "how figures are made comparable, %zu ways", factor->count);
        of_level(out, definition, factor->level);
        return;
    case VARY_AGGREGATE:
        (void)fprintf(out, "how parts are put together, %zu ways", factor->count);
        of_level(out, definition, factor->level);
        return;
    case VARY_WEIGHTING:
        (void)fprintf(out, "where weights come from, %zu ways", factor->count);
        of_level(out, definition, factor->level);
        return;
    case VARY_WEIGHT_SET:
        (void)fprintf(out, "which of %zu sets of weights is taken", factor->count);
        return;
    case VARY_WEIGHT_NOISE:
        (void)fprintf(out, "each weight up to %g %% more or less", 100 * factor->noise);
        of_level(out, definition, factor->level);
        return;
    case VARY_TREATMENT:
        (void)fprintf(out, "how outliers are treated, %zu ways", factor->count);
        return;
    case VARY_IMPUTATION:
        (void)fprintf(out, "how gaps are filled, %zu ways", factor->count);
        return;
    case VARY_LEAVE_OUT:
        (void)fputs("one metric left out, or none", out);
        return;
    case VARY_COUNT:
        return;
    }
}
