#include "services/views/api_parameters.h"

#include "services/views/api_parts.h"

const struct api_parameter api_parameters[] = {
    {TAKES_QUERY, "q", "string",
     "What somebody types: a code of any vintage, a name, a former name, the beginning or words of "
     "one, or something near to one."},
    {TAKES_EDITION, "edition", "string",
     "Number of an edition, or \"latest\": the newest, as it is unless told."},
    {TAKES_NODE, "node", "string",
     "Id of a node of the index: the whole, a mission, an objective or a metric; \"all\": every "
     "one."},
    {TAKES_AREA, "area", "string", "An area, by its code or name, of any vintage."},
    {TAKES_REGION, "region", "string", "Only areas of this region: its code or name."},
    {TAKES_TYPE, "type", "string", "Only areas of this type."},
    {TAKES_BAND, "band", "string",
     "Only areas in this band of need: in words (\"very high\"), or by its number from 1, the most "
     "need."},
    {TAKES_SPEND, "measure", "string",
     "What is compared: total or per-head; as the definition has it unless told."},
    {TAKES_SPEND, "leave-out", "string",
     "A type or the code of an area that is not compared, as often as there are some; \"none\": "
     "nothing is left out."},
    {TAKES_SPEND, "ratio", "number",
     "What a head in the area of the most need counts against one in the area of the least, from 1 "
     "to 10; 2 unless told."},
    {TAKES_STREAM, "digest", "integer",
     "1: one event with all rank changes of an edition, in place of one for each."},
    {TAKES_AFTER | TAKES_STREAM, "after", "integer", "Only events with a larger number than this."},
    {TAKES_PAGE | TAKES_AFTER, "limit", "integer", "At most so many rows."},
    {TAKES_PAGE, "offset", "integer", "From the row after so many on."},
};
const size_t api_n_parameters = sizeof api_parameters / sizeof *api_parameters;
