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
