// Takes what pins nothing, addresses to donate at, out of package-lock.json.

import { readFileSync, writeFileSync } from "node:fs";

const path = new URL("package-lock.json", import.meta.url);
const lock = JSON.parse(readFileSync(path, "utf8"));
for (const row of Object.values(lock.packages)) delete row.funding;
writeFileSync(path, `${JSON.stringify(lock, null, 2)}\n`);
