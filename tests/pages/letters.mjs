// What mail programs cannot do with a letter's HTML: node letters.mjs LETTER.html…
// Exits 1 on anything but the features that are excused here, each by name.
import { doIUseEmail } from "doiuse-email";
import { readFileSync } from "node:fs";
import { basename } from "node:path";

const clients = [
  "outlook.windows", "outlook.macos", "outlook.ios", "outlook.android",
  "gmail.desktop-webmail", "gmail.ios", "gmail.android", "apple-mail.macos", "apple-mail.ios",
];
const excused = {
  "`@media` is not supported": "only makes phones nicer; the letter reads without it",
  "`<body> element` is not supported": "replaced by a div; the ground is also on the outer table",
  "`display:none` is not supported": "hides the preheader; Outlook hides it by mso-hide",
};
let bad = 0;
for (const file of process.argv.slice(2)) {
  const html = readFileSync(file, "utf8");
  for (const client of clients) {
    const { notes, errors = [], warnings = [] } = doIUseEmail(html, { emailClients: [client] });
    const left = errors.filter((error) => !Object.keys(excused).some((name) => error.startsWith(name)));
    bad += left.length;
    console.log(basename(file), client, `errors ${errors.length}, not excused ${left.length}, warnings ${warnings.length}`, left);
  }
}
process.exit(bad ? 1 : 0);
