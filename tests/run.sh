#!/bin/sh
# tests/run.sh BUILD [FOLDER | PROGRAM...]: runs every test program, or those of some folders of tests/,
# or those that are named, several at a time because most of them wait for others, and says in one line
# how many cases passed, and which programs took the longest. With RUN_UNDER each program in C runs under
# that command; programs that LEAVE_OUT names, a space between them, are not run.
set -u
export CK_TIMEOUT_MULTIPLIER="${CK_TIMEOUT_MULTIPLIER:-5}" # a busy machine is no failure

build=$1
shift
[ $# -gt 0 ] || set -- '*'
mkdir -p "$build/tests"
results=$(mktemp -d "$build/tests/results.XXXXXX") # two runs may go on at once
trap 'rm -rf "$results"' EXIT

for what; do
    case $what in
    */test_*) set -- "$what" ;;
    *) set -- tests/$what/test_*.py "$build"/tests/$what/test_* ;;
    esac
    for program; do
        case $program in *.d | *.o | *.gcno | *.gcda) continue ;; esac
        case " ${LEAVE_OUT:-} " in *" $program "*) continue ;; esac
        [ -e "$program" ] && echo "$program"
    done
done | sort -r | # by which, as it happens, those that take longest begin first: Python, services/
    xargs -P 6 -I '{}' tests/run_one.sh "$build" '{}' "$results"

passed=0
failed=0
skipped=0
for result in "$results"/*.counts; do
    read -r program checks bad skips _ <"$result"
    if [ "$bad" -gt 0 ]; then printf '%s\n' "$program" && cat "${result%.counts}.out"; fi
    if [ "$skips" -gt 0 ]; then grep '^skipped' "${result%.counts}.out"; fi
    passed=$((passed + checks - bad))
    failed=$((failed + bad))
    skipped=$((skipped + skips))
done
sort -k 5 -n -r "$results"/*.counts | awk 'NR <= 5 && $5 >= 10 {
    printf "%s%s %d s", (NR > 1 ? ", " : "the longest: "), $1, $5 } END { print "" }'
[ -z "${LEAVE_OUT:-}" ] || echo "left out: $LEAVE_OUT"
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
