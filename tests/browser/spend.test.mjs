// Need against spend: the scatter by pointer and keyboard, and what the reader leaves out.
import assert from "node:assert/strict";
import {test} from "./harness.mjs";

const shapes = page => page.locator("svg.points a").count();

test("under the pointer a place says its need, spend and quadrant", async ({page}) => {
    await page.goto("/spend");
    await page.locator('svg.points a[href="/places/E06000027"]').hover(); // Torbay
    await page.locator(".tip").waitFor();
    assert.match(await page.locator(".tip").textContent(),
        /^Torbay: need [\d.]+, £\d+ a head, £[\d.]+ million, high need, low spend$/);
});

test("arrow keys go from place to place", async ({page}) => {
    await page.goto("/spend?view=share");
    await page.locator('svg.points a[tabindex="0"]').focus();
    const from = await page.evaluate(() => document.activeElement.getAttribute("href"));
    await page.keyboard.press("ArrowRight");
    assert.notEqual(await page.evaluate(() => document.activeElement.getAttribute("href")), from);
});

test("a type that is taken in is compared at once, and the address says so", async ({page}) => {
    await page.goto("/spend");
    await page.evaluate(() => window.here = true);
    const before = await shapes(page);
    await page.locator(".boxes").getByLabel("shire district").uncheck();
    await page.waitForFunction(n => document.querySelectorAll("svg.points a").length > n, before);
    assert.equal(await shapes(page), 306); // all but Birmingham
    assert.equal(await page.evaluate(() => window.here), true);
    const chosen = new URL(page.url()).searchParams.getAll("leave-out");
    assert.deepEqual(chosen, ["none", "E08000025"]);
    await page.reload();
    assert.equal(await shapes(page), 306);
    assert.equal(await page.locator(".boxes").getByLabel("shire district").isChecked(), false);
});

test("and without a script by the button", {js: false}, async ({page}) => {
    await page.goto("/spend?view=share");
    await page.locator(".boxes").getByLabel("London borough").check();
    await Promise.all([page.waitForURL(/London/), page.locator("form.filters button").click()]);
    assert.equal(await page.locator("h2", {hasText: "By region and type"}).count(), 1);
    assert.equal(await shapes(page), 125 - 32);
});

test("the two views keep what was chosen", async ({page}) => {
    await page.goto("/spend?measure=per-head&leave-out=none");
    await Promise.all([page.waitForURL(/view=share/),
        page.getByRole("link", {name: "Share of spend and share of need"}).click()]);
    assert.equal(new URL(page.url()).searchParams.get("measure"), "per-head");
    assert.equal(await shapes(page), 307);
});

test("a region is shown alone", async ({page}) => {
    await page.goto("/spend");
    await page.locator(".legend button", {hasText: "London"}).click();
    assert.equal(await page.locator("svg.points a:not(.faint)").count(), 32);
});
