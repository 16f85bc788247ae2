// That the harness finds what it is there to find.
import assert from "node:assert/strict";
import {launch, open, test} from "./harness.mjs";

test("a request to another origin and an error in the console are found", {allow: /./}, async ({site}) => {
    const browser = await launch();
    try {
        const page = await open(browser, site.origin);
        await page.goto("/healthz");
        assert.deepEqual(page.wrong, []);
        await page.evaluate(() => {
            console.error("something is wrong");
            return fetch("http://127.0.0.1:9/").catch(() => null);
        });
        assert.ok(page.wrong.some(line => line.includes("something is wrong")), page.wrong.join("\n"));
        assert.ok(page.wrong.some(line => line.includes("another origin")), page.wrong.join("\n"));
    } finally {
        await browser.close();
    }
});

test("a second edition is there", async ({site}) => {
    assert.equal(site.editions, 2);
});
