// node run.mjs BUILD [PART...]: runs the cases of every *.test.mjs, or of those whose names hold a
// PART, and ends with how many passed.
import {readdirSync} from "node:fs";
import {cases, end, launch, run} from "./harness.mjs";

const parts = process.argv.slice(3);
const files = readdirSync(new URL(".", import.meta.url))
    .filter(name => name.endsWith(".test.mjs"))
    .filter(name => !parts.length || parts.some(part => name.includes(part)))
    .sort();
for (const file of files) {
    const before = cases.length;
    await import(`./${file}`);
    cases.slice(before).forEach(one => one.file = file);
}

const browser = await launch();
let failed = 0;
try {
    for (const one of cases) {
        const began = performance.now();
        try {
            await run(browser, one);
        } catch (error) {
            failed++;
            console.log(`${one.file}: ${one.name}: FAILED\n${error.stack}`);
        }
        one.seconds = (performance.now() - began) / 1000;
    }
} finally {
    await browser.close();
    await end().catch(() => {}); // what did not start has failed its cases
}
const longest = [...cases].sort((a, b) => b.seconds - a.seconds).slice(0, 5);
console.log(`the longest: ${longest.map(one => `${one.file}: ${one.name} ${one.seconds.toFixed(0)} s`).join("; ")}`);
console.log(`${cases.length - failed} passed, ${failed} failed`);
process.exitCode = failed || !cases.length ? 1 : 0;
