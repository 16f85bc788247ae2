// A place's page, and its print on one sheet.
import assert from "node:assert/strict";
import {test} from "./harness.mjs";

test("the page of a place says where it is, what moved and why", async ({page}) => {
    await page.goto("/places/E08000003");
    assert.equal(await page.locator("h1").textContent(), "Manchester");
    const text = await page.locator("#summary").textContent();
    assert.match(text, /of 307/);
    assert.match(await page.locator("#changed").textContent(), /Manchester/);
    for (const id of ["trend", "sides", "metrics", "neighbours", "comparison", "spend", "sources"])
        assert.equal(await page.locator(`#${id}`).count(), 1, id);
});

test("all of it is there without a script", {js: false}, async ({page}) => {
    await page.goto("/places/E08000003");
    assert.ok(await page.locator("figure.chart details table").count() >= 6);
    assert.equal(await page.locator("#neighbour-table tbody tr").count() > 3, true);
});

test("the print view is one sheet of A4", async ({page}) => {
    for (const code of ["E08000003", "E07000117", "E06000010"]) {
        await page.goto(`/places/${code}/print`);
        const pdf = (await page.pdf({format: "A4", printBackground: true})).toString("latin1");
        const sheets = pdf.match(/\/Type\s*\/Page\b(?!s)/g).length;
        assert.equal(sheets, 1, `${code}: ${sheets} sheets`);
    }
});

// 320 px is 1280 px at a zoom of 400 per cent.
for (const path of ["/", "/search?q=west", "/places/E06000058?was=E07000048", "/places/E06000058/print"])
    test(`${path} is no wider than 320 px`, {width: 320, height: 740}, async ({page}) => {
        await page.goto(path);
        for (const details of await page.locator("details").all())
            await details.evaluate(element => element.open = true);
        assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 320);
    });

test("each chart has its finding and its table, without a script", {js: false}, async ({page}) => {
    await page.goto("/places/E07000117");
    assert.equal(await page.locator("figure.chart").count(), 6);
    for (const figure of await page.locator("figure.chart").all()) {
        assert.ok(await figure.locator("figcaption").textContent());
        assert.ok(await figure.locator("details table tbody tr").count());
    }
    await page.locator("#trend summary").click();
    assert.ok(await page.locator("#trend-table").isVisible());
});

test("links and buttons of the frame can be hit", {width: 360, height: 740}, async ({page}) => {
    await page.goto("/places/E07000117");
    for (const target of await page.locator("header a, header button, .on-page a, summary, footer li a").all()) {
        const box = await target.boundingBox();
        assert.ok(!box || box.height >= 24, `${await target.textContent()}: ${box?.height}`);
    }
});
