// A new edition while a page is open: a release is really handed in, and the page that was open is
// brought up to date without a reload.
import assert from "node:assert/strict";
import {NEWER, open, Service, test} from "./harness.mjs";

const FOLLOWING = ["/", "/league?node=growth", "/spend", "/spend?view=share", "/changes", "/places/E08000003", "/metrics-table",
    "/method", "/editions", "/search?q=west"];
const PINNED = ["/?edition=1", "/league?edition=1", "/map?edition=1", "/places/E08000003?edition=1", "/editions?edition=1"];

const own = {service: () => Service.start()};
const says = page => page.locator(".live[role=status] span", {hasText: "Edition 2 is out: 185 places moved."});

// The stream is there before the release is: the page says so to whoever looks for it.
const listening = page => page.waitForFunction(() => document.querySelector(".live")?.dataset.open === "yes");

test("an open page becomes the new edition's, where its reader is", own, async ({page, site}) => {
    const others = {};
    for (const path of [...FOLLOWING, ...PINNED]) {
        others[path] = await open(page.context().browser(), site.origin); // connections of its own
        await others[path].goto(path);
        await others[path].evaluate(() => window.here = true);
        await listening(others[path]);
    }
    await page.goto("/map");
    await page.evaluate(() => window.here = true);
    await listening(page);
    await page.locator("figure details summary").click();
    const row = page.locator("#map-a-table tbody a, figure table tbody a").nth(40);
    await row.focus();
    const [focused, at] = await page.evaluate(() => [document.activeElement.getAttribute("href"), scrollY]);
    assert.ok(at > 0);

    await site.ingest(NEWER);

    await says(page).waitFor();
    assert.equal(await page.locator("main").getAttribute("data-edition"), "2");
    assert.match(await page.locator(".site-footer").textContent(), /Edition 2,/);
    assert.equal(await page.evaluate(() => window.here), true); // no reload
    assert.equal(await page.locator("figure details[open]").count(), 1);
    assert.equal(await page.evaluate(() => document.activeElement.getAttribute("href")), focused);
    assert.ok(Math.abs(await page.evaluate(() => scrollY) - at) < 100);
    await page.locator("svg.map a[tabindex='0']").waitFor(); // its module is at work again

    for (const path of FOLLOWING) {
        await says(others[path]).waitFor();
        assert.equal(await others[path].locator("main").getAttribute("data-edition"), "2", path);
        assert.equal(await others[path].evaluate(() => window.here), true, path);
    }
    assert.match(await others["/changes"].locator("h1").textContent(), /edition 2/);
    assert.equal(await others["/changes"].locator("#risers tbody tr").count(), 10);
    // Who looks at an edition by its number is told, and left there.
    for (const path of PINNED) {
        await says(others[path]).waitFor();
        assert.equal(await others[path].locator("main").getAttribute("data-edition"), "1", path);
        assert.equal(await others[path].locator(".live a").getAttribute("href"), "/changes");
    }
    // What works by delegation works on.
    const league = others["/league?node=growth"];
    await league.locator("#choose-region").selectOption("London");
    await league.waitForURL(/region=London/);
    assert.equal(await league.evaluate(() => window.here), true);
    for (const other of Object.values(others)) {
        assert.deepEqual(other.wrong, []);
        await other.context().close();
    }
});

test("a page that nobody sees gives its connection back, and catches up when somebody does", own, async ({page, site}) => {
    await page.goto("/changes");
    await listening(page);
    const hidden = yes => page.evaluate(value => {
        Object.defineProperty(document, "hidden", {value, configurable: true});
        document.dispatchEvent(new Event("visibilitychange"));
    }, yes);
    await hidden(true);
    await site.ingest(NEWER);
    assert.equal(await page.locator("main").getAttribute("data-edition"), "1");
    await hidden(false);
    await says(page).waitFor();
    assert.equal(await page.locator("main").getAttribute("data-edition"), "2");
});

test("a page of an older edition does not call news what was there before it", {}, async ({page}) => {
    const answered = page.waitForResponse("**/api/v1/editions/latest");
    await page.goto("/changes?edition=1");
    await (await answered).finished();
    // An answer that was asked for after it has come after it, and what it leads to is done.
    await page.evaluate(() => fetch("/api/v1/editions/latest?").then(answer => answer.json()));
    assert.equal(await page.locator(".live").textContent(), "");
});

test("who fills in a form is not interrupted", own, async ({page, site}) => {
    await page.goto("/search");
    await listening(page);
    const field = page.locator("main input[type=search]");
    await field.focus();
    await page.keyboard.type("x");
    await site.ingest(NEWER);
    await says(page).waitFor();
    assert.equal(await field.inputValue(), "x");
    assert.equal(await page.locator("main").getAttribute("data-edition"), "1");
    await page.locator(".live a", {hasText: "Show it here"}).click();
    await page.locator("main[data-edition='2']").waitFor();
});

test("what came while the stream was broken is caught up", own, async ({page, site}) => {
    await page.route("**/api/v1/events/stream*", route => route.abort());
    await page.goto("/changes");
    await page.locator(".live").waitFor({state: "attached"});
    await site.ingest(NEWER);
    await page.unroute("**/api/v1/events/stream*");
    await page.locator("main[data-edition='2']").waitFor();
    page.wrong.splice(0, Infinity, ...page.wrong.filter(line => !line.includes("ERR_FAILED")));
});
