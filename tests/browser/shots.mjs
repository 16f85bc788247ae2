// node shots.mjs BUILD [--at ORIGIN] PATH...: pictures of pages, wide and narrow, light and dark, into
// BUILD/browser/shots: for looking at them. Of a service that runs at ORIGIN, or of one of its own.
import {mkdirSync} from "node:fs";
import {join} from "node:path";
import {BUILD, end, launch, open, site} from "./harness.mjs";

const args = process.argv.slice(3);
const at = args[0] === "--at" ? args.splice(0, 2)[1] : null;
const folder = join(BUILD, "browser/shots");
mkdirSync(folder, {recursive: true});

const origin = at ?? (await site()).origin;
const browser = await launch();
for (const path of args.length ? args : ["/"]) {
    for (const width of [1280, 360]) {
        for (const dark of [false, true]) {
            const page = await open(browser, origin, {width, dark});
            await page.goto(path, {waitUntil: "load"});
            const name = path.replace(/[^A-Za-z0-9]+/g, "-").replace(/^-|-$/g, "") || "home";
            const file = join(folder, `${name}-${width}-${dark ? "dark" : "light"}.png`);
            await page.screenshot({path: file, fullPage: true});
            console.log(file);
            page.wrong.forEach(line => console.log(`  ${line}`));
            await page.context().close();
        }
    }
}
await browser.close();
await end();
