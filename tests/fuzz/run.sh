#!/bin/sh
# Fuzzes one reader: tests/fuzz/run.sh BUILD NAME SECONDS. What it learns stays in BUILD/corpus/NAME,
# an input that breaks the reader in BUILD/finds.
set -eu
[ "$3" -gt 0 ] # 0 would be for ever

build=$1
name=$2
mkdir -p "$build/corpus/$name" "$build/finds"
echo "$name, $3 s"
"$build/tests/fuzz/fuzz_$name" -max_total_time="$3" -timeout=10 -rss_limit_mb=2048 -max_len=65536 \
    -dict=tests/fuzz/words.dict -print_final_stats=1 -artifact_prefix="$build/finds/$name-" \
    "$build/corpus/$name" "tests/fuzz/seeds/$name" >"$build/finds/$name.log" 2>&1 || {
    tail -n 40 "$build/finds/$name.log"
    exit 1
}
grep -E 'number_of_executed_units|average_exec_per_sec|peak_rss_mb' "$build/finds/$name.log"
