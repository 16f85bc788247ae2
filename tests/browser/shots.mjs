// node shots.mjs BUILD [--at ORIGIN] [--of SELECTOR] PATH...: pictures of pages, or of the first such
// element of them, wide and narrow, light and dark, into BUILD/browser/shots: for looking at them. Of a
// service that runs at ORIGIN, or of one of its own.
import {mkdirSync} from "node:fs";
import {join} from "node:path";
import {BUILD, end, launch, open, site} from "./harness.mjs";

const args = process.argv.slice(3);
const option = name => args[0] === name ? args.splice(0, 2)[1] : null;
const at = option("--at"), of = option("--of");
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
            if (of)
                await page.locator(of).first().screenshot({path: file});
            else
                await page.screenshot({path: file, fullPage: true});
            console.log(file);
            page.wrong.forEach(line => console.log(`  ${line}`));
            await page.context().close();
        }
    }
}
await browser.close();
await end();
