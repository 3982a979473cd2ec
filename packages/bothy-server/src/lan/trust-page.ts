import { createHash } from "node:crypto";
import { trustPageScript, trustPageStyle } from "./trust-page-look.ts";
import { deviceKindOf, trustSteps } from "./trust-steps.ts";
import type { TrustSteps } from "./trust-steps.ts";

/** What the page tells. */
export interface TrustPageParts {
  /** Of the authority. */
  readonly name: string;
  readonly fingerprint: string;
  /** The app over https, at the host that the reader came to. */
  readonly httpsUrl: string;
  readonly userAgent: string;
}

/** Only what the page holds itself runs there; it asks https addresses whether the device trusts them. */
export const trustPagePolicy: string = [
  "default-src 'none'",
  `style-src '${hashOf(trustPageStyle)}'`,
  `script-src '${hashOf(trustPageScript)}'`,
  "connect-src https:",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

/** The page on which a person tells their device to trust the server. Works without its script, too. */
export function trustPage({ name, fingerprint, httpsUrl, userAgent }: TrustPageParts): string {
  const nameText = escapeHtml(name);
  const [own, ...others] = trustSteps(nameText, deviceKindOf(userAgent));
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover">
<meta name="theme-color" content="#1b1f1a">
<title>Trust this server</title>
<style>${trustPageStyle}</style>
</head>
<body>
<header><div>
<p class="sign">LAN</p>
<h1>Trust this server, once</h1>
<p>A browser lets an app work offline only over https. Tell this device that it may trust the server, and the app opens here like any other.</p>
</div></header>
<main>
<p class="state" role="status"></p>
<a class="go" href="${escapeHtml(httpsUrl)}/">Open the app</a>
<p class="small">Or <a href="/">use it without</a>: it works while online, in one tab, and can’t be installed.</p>
<h2>How to</h2>
<div>${own === undefined ? "" : sectionOf(own, true)}${others.map((steps) => sectionOf(steps, false)).join("")}</div>
<h2>Is it the right one?</h2>
<p>The SHA-256 fingerprint of <b>${nameText}</b>. The server’s terminal shows the same; compare them before you install it.</p>
<code>${escapeHtml(fingerprint.replaceAll(":", " "))}</code>
<h2>What trusting means</h2>
<p>The device then believes what <b>${nameText}</b> vouches for. Its certificate limits that to addresses of private networks (10., 172.16. to 172.31., 192.168., 169.254., fd) and to names that end in <b>.local</b> or are <b>localhost</b>: it is no good for a site of the internet.</p>
<p>Its key lies in this server’s data folder, and in no backup. Whoever copies it could pass for a server in a network that you are in. When you no longer use the app from here, take your trust back as told above.</p>
</main>
<script>${trustPageScript}</script>
</body>
</html>
`;
}

function sectionOf({ kind, title, steps, takeBack, note }: TrustSteps, isOpen: boolean): string {
  const items = steps.map((step) => `<li>${step}</li>`).join("");
  const noteText = note === undefined ? "" : `<p>${note}</p>`;
  return (
    `<details data-kind="${kind}"${isOpen ? " open" : ""}><summary>${title}</summary><ol>${items}</ol>${noteText}` +
    `<p>To take it back: ${takeBack}</p></details>\n`
  );
}

function escapeHtml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}

function hashOf(text: string): string {
  return `sha256-${createHash("sha256").update(text).digest("base64")}`;
}
