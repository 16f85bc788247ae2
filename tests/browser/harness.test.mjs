// That the harness finds what it is there to find.
import assert from "node:assert/strict";
import {launch, open, test} from "./harness.mjs";

test("an error, a breach of the policy and a request to another origin are found", async ({site}) => {
    const browser = await launch();
    try {
        const page = await open(browser, site.origin);
        const ask = () => page.evaluate(() => fetch("http://127.0.0.1:9/").catch(() => null));
        await page.goto("/editions");
        assert.deepEqual(page.wrong, []);
        await page.evaluate(() => console.error("something is wrong"));
        await ask();
        assert.ok(page.wrong.some(line => line.includes("something is wrong")), page.wrong.join("\n"));
        assert.ok(page.wrong.some(line => line.includes("Content Security Policy")), page.wrong.join("\n"));
        await page.goto("about:blank"); // which has no policy
        await ask();
        assert.ok(page.wrong.some(line => line.includes("another origin")), page.wrong.join("\n"));
    } finally {
        await browser.close();
    }
});

test("a second edition is there", async ({site}) => {
    assert.equal(site.editions, 2);
});
