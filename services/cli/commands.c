/* The commands: one table, from which come help, man pages, completion and what is suggested. */
#include "services/cli/commands.h"

#include <string.h>

#define WHERE  " state hub key "
#define WORKER WHERE "supervised "
#define READER WHERE "edition csv json "
/* What filters have names for: services/bus/filter.h. */
#define FILTER "type area mission node region area-type at-least band beyond-interval nature "

const struct command commands[] = {
    {"up", "", "Runs the whole service: every role, each started again when it ends.",
     " state hub events replay listen http http-name scoring boundaries pack ",
     "  mindex up --pack deploy/england\n  mindex up --state /srv/mindex --scoring 8\n"
     "  mindex up --listen 'tcp://*:5600' --http http://127.0.0.1:5605\n",
     up_command, false},
    {"hub", "", "Runs the hub: the store and the queue.", " state hub listen supervised ",
     "  mindex hub\n", hub_command, false},
    {"ingestion", "", "Runs an ingestion worker, which also watches the inbox.", WORKER,
     "  mindex ingestion\n", ingestion_command, false},
    {"scoring", "", "Runs a scoring worker.", WORKER "idle ",
     "  mindex scoring\n  mindex scoring --hub tcp://10.0.0.5:5600 --key scorer.key\n",
     scoring_command, false},
    {"comparison", "", "Runs a comparison worker.", WORKER, "  mindex comparison\n",
     comparison_command, false},
    {"publishing", "", "Runs the publishing worker: event stream and files.",
     WORKER "events replay listen http http-name boundaries ", "  mindex publishing\n",
     publishing_command, false},
    {"load", "FOLDER", "Loads a pack: a definition, its tables and its first releases.",
     WHERE "accept-warnings no-wait json ", "  mindex load deploy/england\n", load_command, true},
    {"ingest", "FILE...", "Hands in releases; each makes a new edition.",
     WHERE "dataset label accept-warnings publish-at dry-run node area top all csv json no-wait ",
     "  mindex ingest gva-per-hour-2025-06-25.csv\n"
     "  mindex ingest --dataset gva-per-hour --label 'June 2025' download.csv\n"
     "  mindex ingest --dry-run --top 20 gva-per-hour-2025-06-25.csv\n"
     "  mindex ingest --publish-at 2026-11-25T09:30:00Z gva-per-hour-2026-11-25.csv\n",
     ingest_command, true},
    {"key", "new|allow|revoke|list [NAME [FILE]]",
     "Keys: who may speak from elsewhere, and as what.", " state role service csv json ",
     "  mindex key new burnley --role reader     # here: makes keys/burnley.key, and allows it\n"
     "  mindex key new scorer --service service.pub       # elsewhere: the secret stays there\n"
     "  mindex key allow scorer scorer.pub --role scoring # here: what was brought from there\n"
     "  mindex key revoke burnley\n  mindex key list\n"
     "\nRoles: reader asks, and hears events; depositor hands releases in, and nothing else;\n"
     "ingestion, scoring, comparison and publishing are workers; admin does everything.\n",
     key_command, true},
    {"withdraw", "RELEASE", "Takes a release out of force; it stays on record.",
     WHERE "reason no-wait ",
     "  mindex withdraw 43 --reason 'The publisher withdrew it on 3 December.'\n", withdraw_command,
     true},
    {"ranks", "", "The league table at one node.", READER "node region top ",
     "  mindex ranks --top 10\n  mindex ranks --node growth --region 'North East'\n"
     "  mindex ranks --node gva-per-hour --csv > ranks.csv\n",
     ranks_command, false},
    {"show", "AREA", "One place: its scores, ranks, bands and figures.", READER,
     "  mindex show Manchester\n  mindex show E08000003 --json\n", show_command, true},
    {"trace", "AREA METRIC", "From a rank back to the cell of the publisher's file, rule by rule.",
     WHERE "edition json ",
     "  mindex trace Burnley gigabit-broadband\n"
     "  mindex trace E07000117 homicide --edition 1 --json\n",
     trace_command, true},
    {"changes", "", "Which places moved in an edition, and by how much.",
     READER "node area top all ",
     "  mindex changes\n  mindex changes --node growth --top 10\n"
     "  mindex changes --area Burnley --all\n",
     changes_command, false},
    {"watch", "",
     "Follows the events as they come; ends with Ctrl-C.\n"
     "\n"
     "Options that choose events are those of 'mindex subscribe new'; those that say which moves "
     "leave\n"
     "rank changes alone, unless --type names others. --json prints CloudEvents, "
     "a line\n"
     "each; --digest one message for each edition.",
     " state hub replay key topic after count digest json " FILTER,
     "  mindex watch\n  mindex watch --area Burnley --at-least 5\n"
     "  mindex watch --region 'North West' --band any --digest\n"
     "  mindex watch --topic rank.mission.growth. --after 0 --json\n",
     watch_command, false},
    {"spend", "", "Need against public spend: the places of high need and low spend.",
     READER "all top ", "  mindex spend\n  mindex spend --all --csv\n", spend_command, false},
    {"releases", "[RELEASE]", "The releases that the index has, newest first; or one, in full.",
     WHERE "dataset csv json top all ",
     "  mindex releases\n  mindex releases --dataset gva-per-hour --json\n"
     "  mindex releases 43 --all\n",
     releases_command, false},
    {"editions", "", "The editions, newest first.", WHERE "csv json top ", "  mindex editions\n",
     editions_command, false},
    {"export", "", "Writes an edition as a Frictionless data package: a folder, or a zip of one.",
     WHERE "edition out ",
     "  mindex export --out edition\n  mindex export --edition 7 --out edition-7.zip\n",
     export_command, false},
    {"recompute", "", "Computes an edition, or all, from its inputs again: the same bits, or not.",
     READER "all ", "  mindex recompute --edition 1\n  mindex recompute --all --csv\n",
     recompute_command, false},
    {"verify", "[FILE]", "Checks a database from end to end; the service may run meanwhile.",
     " state all csv json ",
     "  mindex verify\n  mindex verify --all --json\n  mindex verify backup-2026-11-25.db\n",
     verify_command, false},
    {"backup", "FILE", "Copies the database to a file; the service may run meanwhile.", " state ",
     "  mindex backup /srv/backup/mindex-2026-11-25.db\n", backup_command, true},
    {"restore", "FILE", "Puts a copy back as the database; the service must not run.",
     " state replace ",
     "  mindex restore /srv/backup/mindex-2026-11-25.db\n"
     "  mindex restore --replace /srv/backup/mindex-2026-11-25.db\n",
     restore_command, true},
    {"prune", "",
     "Retires old editions for good: their ranks, events and files go.\n"
     "\n"
     "They go from the oldest on: all but the newest --keep, or those scored before a date; with "
     "both,\n"
     "what either keeps is kept. The newest edition stays in any case, and so does one that a task "
     "that\n"
     "waits or was set aside still needs, or whose events a subscription has not had. Releases, "
     "their\n"
     "figures and definitions stay too. --dry-run shows what would go, what stays, and why; a "
     "backup\n"
     "made before is the only way back. It may be interrupted at any time, and run "
     "again.\n"
     "The database keeps its size, and fills the room anew; a backup is without it.",
     WHERE "keep before dry-run csv json ",
     "  mindex prune --keep 24 --dry-run\n  mindex prune --keep 24\n"
     "  mindex prune --before 2025-01-01 --keep 4\n",
     prune_command, false},
    {"status", "", "The roles, the queue, and how far the service is.", WHERE "json ",
     "  mindex status\n", status_command, false},
    {"doctor", "", "Looks at the installation: what is well, what is not, and what to do about it.",
     WHERE "events replay http csv json ",
     "  mindex doctor\n  mindex doctor --state /srv/mindex --http http://127.0.0.1:5605\n"
     "  mindex doctor --json\n",
     doctor_command, false},
    {"tasks", "[retry|drop TASK...]",
     "Tasks that wait or are in hand, or (--failed) were set aside; puts those back, or drops "
     "them.\n"
     "\n"
     "A task that fails too often, or that workers die of, is set aside with its reason, and the "
     "rest\n"
     "goes on; mindex.conf says how often. 'retry' puts it back with no attempts against it.\n"
     "Publishing can be retried at any time; a comparison while its edition is the newest; "
     "scoring\n"
     "while the figures and the definition that it was to score are in force and no edition has "
     "been\n"
     "scored from them: an edition from older figures would stand behind newer ones. What may not "
     "be\n"
     "retried is refused with the reason; 'drop' takes it off the list.",
     WHERE "failed all top csv json ",
     "  mindex tasks\n  mindex tasks --failed\n  mindex tasks retry 17\n"
     "  mindex tasks retry --all\n  mindex tasks drop 17 18\n",
     tasks_command, false},
    {"config", "check|show|default [FILE]",
     "The installation's settings: whether they are right, what they are, the whole file.\n"
     "\n"
     "The command line goes before the environment, that before the file, that before the "
     "defaults.\n"
     "'check' says what is wrong with the settings in force, or with a FILE alone; 'show' where "
     "each\n"
     "is from; 'default' prints a file with every key beside its default. One file is read: that "
     "of\n"
     "--config or MINDEX_CONFIG; else mindex.conf in the state folder, where one is named or "
     "there;\n"
     "else /etc/mindex/mindex.conf. A running service reads it again on SIGHUP.",
     " state hub events replay key csv json ",
     "  mindex config show\n  mindex config check --state /srv/mindex\n"
     "  mindex config show --set hub.lease_seconds=120\n"
     "  mindex config default > mindex.conf\n  mindex config check mindex.conf\n",
     config_command, true},
    {"score", "[FILE...]", "Scores offline: a pack and release files in, a table out; no service.",
     " pack definition node region top all csv json dataset ",
     "  mindex score --pack deploy/england --top 10\n"
     "  mindex score --pack deploy/england gva-per-hour-2025-06-25.csv --csv\n"
     "  mindex score --definition my-index.yaml --all --csv figures.csv\n",
     score_command, false},
    {"dataset", "check|guess FILE",
     "Tries to read a publisher's file by a dataset description, or drafts one from a file.",
     WHERE "pack dataset description json ",
     "  mindex dataset check police-tables.csv\n"
     "  mindex dataset check --pack deploy/england --dataset shoplifting police-tables.csv --json\n"
     "  mindex dataset guess download.xlsx > datasets/my-dataset.yaml\n"
     "  mindex dataset check --pack deploy/england --description my-dataset.yaml download.xlsx\n",
     dataset_command, true},
    {"explain", "AREA [FILE...]",
     "Why a place's scores changed between two editions, or two sets of figures.",
     WHERE "pack definition with dataset from to node csv json ",
     "  mindex explain Burnley\n  mindex explain E07000117 --from 3 --to 7 --node growth --csv\n"
     "  mindex explain Burnley --pack deploy/england gva-per-hour-2025-06-25.csv\n"
     "  mindex explain P001 --definition my-index.yaml before.csv after.csv\n",
     explain_command, true},
    {"profile", "AREA [FILE...]",
     "One place's strengths and weaknesses, beside all, region and type; or its neighbours "
     "(--table).",
     READER "pack definition dataset table top all ",
     "  mindex profile Burnley\n  mindex profile Burnley --all --csv\n"
     "  mindex profile Burnley --table neighbours\n",
     profile_command, true},
    {"report", "AREA", "A place on one page of A4: HTML that stands alone, or PDF.",
     WHERE "edition format out ",
     "  mindex report Burnley --out burnley.html\n"
     "  mindex report E07000117 --edition 3 --out burnley.pdf\n",
     report_command, true},
    {"stats", "[FILE...]",
     "Statistics: metrics, correlations, alpha, components, weights or outranking (--table).",
     READER "pack definition dataset table node all ",
     "  mindex stats\n  mindex stats --table correlations --node growth\n"
     "  mindex stats --definition my-index.yaml --table components --csv figures.csv\n",
     stats_command, false},
    {"compare", "[FILE...]", "Two definitions over the same figures, or two editions: their ranks.",
     WHERE "pack definition with dataset edition from to node top csv json ",
     "  mindex compare --from 1 --to 5\n"
     "  mindex compare --definition mine.yaml --with other.yaml figures.csv\n",
     compare_command, false},
    {"uncertainty", "[FILE...]",
     "How sure the ranks are: ranks, sensitivity or leave-out (--table).",
     READER "pack definition dataset table node top replicates seed threads ",
     "  mindex uncertainty --top 20\n  mindex uncertainty --table sensitivity --replicates 500\n"
     "  mindex uncertainty --definition my-index.yaml --table leave-out figures.csv\n",
     uncertainty_command, false},
    {"batch",
     "uncertainty|sensitivity|weights|what-if|back-cast|result|list|show|watch|cancel "
     "[FILE...|JOB]",
     "Computes the index in many ways, by all workers or here; jobs and their results.\n"
     "\n"
     "  uncertainty    how sure ranks are: --replicates of the definition's choices made "
     "otherwise\n"
     "  sensitivity    which of these choices makes the difference\n"
     "  weights        every way to share --steps of weight among the nodes of a --level\n"
     "                 (--table points: how far each moves the ranks)\n"
     "  what-if FILE.yaml...   other definitions over the same figures, side by side\n"
     "  back-cast      every edition's figures by the definition in force\n"
     "\n"
     "Ranks are taken at the index, at --node, or with --all at every node above the metrics.\n"
     "A job is on disk before its number is told, goes on whoever watches, and outlives any "
     "crash;\n"
     "'watch' follows it, 'cancel' ends it, 'result' prints what came of it, or what --out kept.\n"
     "With --local, or from files (--pack, --definition), it is computed here on all processors.",
     READER "pack definition dataset node all level steps replicates seed local threads detach "
            "out table top ",
     "  mindex batch uncertainty --replicates 100000\n"
     "  mindex batch sensitivity --replicates 500 --node growth --detach\n"
     "  mindex batch weights --level mission --steps 20 --top 20\n"
     "  mindex batch what-if mine.yaml other.yaml --csv\n"
     "  mindex batch back-cast --node growth\n"
     "  mindex batch list\n  mindex batch watch 3\n  mindex batch result 3 --out result.mindex\n"
     "  mindex batch uncertainty --definition my-index.yaml figures.csv --replicates 100000\n",
     batch_command, true},
    {"subscribe",
     "new|list|show|pause|resume|remove|rotate|forget-secrets|test|resend|deliveries [NAME]",
     "Subscriptions: which events are sent where, by webhooks, and what became of that.\n"
     "\n"
     "'new' takes a name of your choice, a --url, and options that say which events are wanted. "
     "Without\n"
     "any, all are; with one that says which moves, rank changes alone, unless --type names "
     "others.\n"
     "Messages are signed by Standard Webhooks with a secret that is shown once, or kept in a file "
     "by\n"
     "--out. 'rotate' makes another beside it, and both sign until 'forget-secrets'. "
     "What\n"
     "cannot be delivered is tried again for days; 'pause' keeps everything until 'resume'. "
     "'resend'\n"
     "sends events again, --from one number --to another, under the ids that they had, each once: "
     "the\n"
     "first that is refused ends it, and --from its number goes on.",
     WHERE "url digest after from to out failed top no-wait csv json " FILTER,
     "  mindex subscribe new desk --url https://example.org/hook --area Burnley --at-least 5\n"
     "  mindex subscribe new warehouse --url https://example.org/in --digest --after 0 --out key\n"
     "  mindex subscribe test desk\n  mindex subscribe list\n"
     "  mindex subscribe deliveries desk --failed\n"
     "  mindex subscribe resend desk --from 120 --to 180\n  mindex subscribe rotate desk\n",
     subscribe_command, true},
    {"completion", "bash|zsh|fish|nodes|places|datasets|regions",
     "Completion of command lines, for a shell; and the lists that it asks the service for.", WHERE,
     "  source <(mindex completion bash)                     # in ~/.bashrc\n"
     "  mindex completion zsh > ~/.zsh/completion/_mindex    # a folder of $fpath\n"
     "  mindex completion fish > ~/.config/fish/completions/mindex.fish\n",
     completion_command, true},
    {"help", "[COMMAND]", "The commands; or one of them, with its options and examples.", " man ",
     "  mindex help\n  mindex help ranks\n"
     "  mindex help --man ranks | man -l -\n",
     help_command, false},
};

const size_t n_commands = sizeof commands / sizeof *commands;

const struct command *command_named(const char *name) {
    for (size_t i = 0; i < n_commands; i++) {
        if (strcmp(commands[i].name, name) == 0)
            return &commands[i];
    }
    return NULL;
}
