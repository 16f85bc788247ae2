// What every page holds to: no violation that axe-core knows of in light, dark and a narrow window, in
// which nothing is wider, and (harness.mjs) no error, no breach of its policy, no request to elsewhere.
import assert from "node:assert/strict";
import {readFileSync} from "node:fs";
import {AXE, test} from "./harness.mjs";
import {PAGES} from "./pages.mjs";

const axe = readFileSync(AXE, "utf8");
const missing = {allow: /status of 404/}; // the page that is not there says so

// By the debugger's way in, which the content security policy of the page does not bind.
async function violations(page, rules) {
    await page.evaluate(axe);
    const found = await page.evaluate(only => window.axe.run(document, {
        resultTypes: ["violations"], ...(only && {runOnly: {type: "rule", values: only}}),
    }), rules);
    return found.violations.map(one => `${one.id}: ${one.help}\n` +
        one.nodes.slice(0, 3).map(node => `    ${node.html.slice(0, 200)}\n      ${node.failureSummary?.replace(/\s+/g, " ")}`).join("\n"));
}

for (const path of PAGES) {
    const how = path === "/nothing-there" ? missing : {};
    test(`${path} has no violation in the light, nor by its colours in the dark`, {...how, still: true}, async ({page}) => {
        await page.goto(path);
        for (const summary of await page.locator("main summary").all())
            await summary.click();
        const found = await violations(page);
        await page.emulateMedia({colorScheme: "dark", reducedMotion: "reduce"});
        found.push(...await violations(page, ["color-contrast", "link-in-text-block"]));
        assert.equal(found.length, 0, `\n${found.join("\n")}`);
    });
    test(`${path} fits a window of 360 px`, {...how, width: 360, dark: true}, async ({page}) => {
        await page.goto(path);
        const found = await violations(page);
        assert.equal(found.length, 0, `\n${found.join("\n")}`);
        assert.deepEqual(await tooWide(page), []);
    });
}

// What stands out of the window and is not within something that scrolls by itself.
function tooWide(page) {
    return page.evaluate(() => {
        const room = document.documentElement.clientWidth;
        if (document.documentElement.scrollWidth <= room)
            return [];
        return [...document.body.querySelectorAll("*")]
            .filter(element => element.getBoundingClientRect().right > room + 1)
            .filter(element => !element.closest(".scroll"))
            .map(element => element.outerHTML.slice(0, 120)).slice(0, 5)
            .concat(`${document.documentElement.scrollWidth} px of ${room}`);
    });
}
