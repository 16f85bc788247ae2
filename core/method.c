#include "core/method.h"

const char *const impute_names[IMPUTE_COUNT] = {
    [IMPUTE_NONE] = "none",
    [IMPUTE_MEDIAN] = "median",
    [IMPUTE_MEAN] = "mean",
    [IMPUTE_GROUP_MEDIAN] = "group-median",
    [IMPUTE_GROUP_MEAN] = "group-mean",
    [IMPUTE_REGRESSION] = "regression",
    [IMPUTE_EM] = "em",
    [IMPUTE_CARRIED] = "carry-forward",
};

const char *const transform_names[TRANSFORM_COUNT] = {
    [TRANSFORM_NONE] = "none",
    [TRANSFORM_LOG] = "log",
    [TRANSFORM_LOG_SHIFTED] = "log-shifted",
    [TRANSFORM_LOG_FROM_ONE] = "log-from-one",
    [TRANSFORM_LOG_MIRRORED] = "log-mirrored",
    [TRANSFORM_BOX_COX] = "box-cox",
};

const char *const weighting_names[WEIGHTS_COUNT] = {
    [WEIGHTS_GIVEN] = "given",
    [WEIGHTS_EQUAL] = "equal",
    [WEIGHTS_PCA] = "pca",
    [WEIGHTS_PCA_SQUARED] = "pca-squared",
    [WEIGHTS_OPTIMISED] = "optimised",
};
