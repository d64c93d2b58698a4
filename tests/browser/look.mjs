// What holds of every page, in light and in dark, on a desktop and on a phone: axe finds nothing, nothing has to be
// moved sideways, nothing is told that nobody sees or of which an end is missing, and no number parts from its unit.
import { axe, cutShort, DESKTOP, leftOut, NARROW, numbersParted, PHONE, tooWide } from "./panel.mjs";

/** Says what is wrong with a page. */
export async function look(page) {
  const wrong = [];
  for (const [size, colorScheme] of [[DESKTOP, "light"], [DESKTOP, "dark"], [PHONE, "dark"], [PHONE, "light"], [NARROW, "light"]]) {
    await page.setViewportSize(size);
    await page.emulateMedia({ colorScheme });
    const found = [...await tooWide(page), ...await leftOut(page), ...await cutShort(page), ...await numbersParted(page), ...size === NARROW ? [] : await axe(page, colorScheme === "dark" ? "colours" : "all")];
    wrong.push(...found.map((each) => `${colorScheme}, ${size.width} px: ${each}`));
  }
  return wrong;
}
