// Every page in English: axe finds nothing, in light and in dark, on a desktop and on a phone; and nothing has to be moved sideways.
import { walkEverywhere } from "./every_page.mjs";
import { axe, DESKTOP, leftOut, NARROW, PHONE, tooWide } from "./panel.mjs";

walkEverywhere("English", "en-GB", async (page) => {
  const wrong = [];
  const look = async (size, colorScheme, rules) => {
    await page.setViewportSize(size);
    await page.emulateMedia({ colorScheme });
    const found = rules === null ? [] : await axe(page, rules);
    const wide = await tooWide(page);
    wrong.push(...[...found, ...wide, ...await leftOut(page)].map((each) => `${colorScheme}, ${size.width} px: ${each}`));
  };
  // Colours apart, a theme changes nothing that axe sees.
  await look(DESKTOP, "light");
  await look(DESKTOP, "dark", ["color-contrast"]);
  await look(PHONE, "dark");
  await look(PHONE, "light", ["color-contrast"]);
  await look(NARROW, "light", null);
  return wrong;
});
