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
        try {
            await run(browser, one);
        } catch (error) {
            failed++;
            console.log(`${one.file}: ${one.name}: FAILED\n${error.stack}`);
        }
    }
} finally {
    await browser.close();
    await end().catch(() => {}); // what did not start has failed its cases
}
console.log(`${cases.length - failed} passed, ${failed} failed`);
process.exitCode = failed || !cases.length ? 1 : 0;
