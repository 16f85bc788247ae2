// Through the site by keyboard alone: every stop can be seen, and what is on a page can be reached.
import assert from "node:assert/strict";
import {test} from "./harness.mjs";

const focused = page => page.evaluate(() => {
    const at = document.activeElement, box = at.getBoundingClientRect(), style = getComputedStyle(at);
    return {
        name: at.tagName, text: at.textContent.trim().slice(0, 60), href: at.getAttribute("href"),
        seen: box.width > 0 && box.height > 0 && box.bottom > 0 && box.top < innerHeight,
        marked: style.outlineStyle !== "none" || style.boxShadow !== "none" ||
            getComputedStyle(at.firstElementChild ?? at).strokeWidth !== "0px",
    };
});

async function tabTo(page, wanted, most = 200) {
    for (let i = 0; i < most; i++) {
        await page.keyboard.press("Tab");
        const at = await focused(page);
        assert.ok(at.seen, `the focus is out of sight at ${JSON.stringify(at)}`);
        assert.ok(at.marked, `the focus cannot be seen at ${JSON.stringify(at)}`);
        if (wanted(at))
            return at;
    }
    throw new Error("there is no such stop");
}

test("the first stop skips to the content", async ({page}) => {
    await page.goto("/league");
    await page.keyboard.press("Tab");
    assert.equal((await focused(page)).text, "Skip to the content");
    await page.keyboard.press("Enter");
    assert.equal(await page.evaluate(() => document.activeElement.id), "content");
    const next = await tabTo(page, () => true);
    assert.ok(!next.text.includes("Find a place"));
});

test("from the first page to the league table, a place, and back by the navigation", async ({page}) => {
    await page.goto("/");
    await tabTo(page, at => at.text === "League table");
    await Promise.all([page.waitForURL("**/league"), page.keyboard.press("Enter")]);
    await tabTo(page, at => at.href?.startsWith("/places/"));
    await Promise.all([page.waitForURL("**/places/*"), page.keyboard.press("Enter")]);
    await tabTo(page, at => at.text === "Need and spend");
    await Promise.all([page.waitForURL("**/spend"), page.keyboard.press("Enter")]);
    assert.equal(await page.locator("h1").textContent(), "Need and spend");
});

for (const path of ["/", "/league?limit=20", "/map", "/spend", "/changes", "/places/E08000003", "/metrics-table", "/method"]) {
    test(`every stop of ${path} can be seen, and none holds the focus`, async ({page}) => {
        await page.goto(path);
        await page.evaluate(() => document.activeElement?.blur());
        await tabTo(page, at => at.text === "Feed of releases", 1000);
    });
}

test("a table that is wider than the window is scrolled by keyboard", {width: 360}, async ({page}) => {
    await page.goto("/league?limit=20");
    const region = page.locator(".scroll").first();
    await region.focus();
    await page.keyboard.press("ArrowRight");
    await page.waitForFunction(() => document.querySelector(".scroll").scrollLeft > 0);
});
