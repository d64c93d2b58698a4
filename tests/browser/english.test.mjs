// Every page in English: what holds of every page.
import { walkEverywhere } from "./every_page.mjs";
import { looker } from "./look.mjs";

walkEverywhere("English", "en-GB", looker("en"));
