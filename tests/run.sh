#!/bin/sh
# tests/run.sh BUILD [FOLDER | PROGRAM...]: runs every test program, or those of some folders of tests/,
# or those that are named, several at a time because most of them wait for others, and says in one line
# how many cases passed. Those in Python come first, as they take the longest. With RUN_UNDER each
# program in C runs under that command.
set -u

build=$1
shift
[ $# -gt 0 ] || set -- '*'
results=$build/tests/results
rm -rf "$results"
mkdir -p "$results"

for what; do
    case $what in
    */test_*) set -- "$what" ;;
    *) set -- tests/$what/test_*.py "$build"/tests/$what/test_* ;;
    esac
    for program; do
        case $program in *.d | *.o | *.gcno | *.gcda) continue ;; esac
        [ -e "$program" ] && echo "$program"
    done
done | xargs -P 4 -I '{}' tests/run_one.sh "$build" '{}' "$results"

passed=0
failed=0
skipped=0
for result in "$results"/*.counts; do
    read -r program checks bad skips <"$result"
    if [ "$bad" -gt 0 ]; then printf '%s\n' "$program" && cat "${result%.counts}.out"; fi
    if [ "$skips" -gt 0 ]; then grep '^skipped' "${result%.counts}.out"; fi
    passed=$((passed + checks - bad))
    failed=$((failed + bad))
    skipped=$((skipped + skips))
done
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
