/** The page's one sheet: paper by day, the airfield by night. */
export const trustPageStyle = `
:root{color-scheme:light dark;--paper:#f4f2ea;--sheet:#fffefa;--ink:#1c211b;--soft:#565d52;--line:#d8d5c8;--field:#24613f;--on-field:#fff;--sign:#f2c230}
@media (prefers-color-scheme:dark){:root{--paper:#141813;--sheet:#1d221b;--ink:#ecebe1;--soft:#a9ada0;--line:#363c32;--field:#6fc592;--on-field:#0d1710}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:1rem/1.5 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif;-webkit-text-size-adjust:100%}
header{background:#1b1f1a;color:#f0efe6;padding:max(1.5rem,env(safe-area-inset-top)) 1.25rem 1.5rem}
header>div,main{max-width:36rem;margin:0 auto}
main{padding:1.25rem 1.25rem max(2rem,env(safe-area-inset-bottom))}
.sign{display:table;margin:0 0 .75rem;background:var(--sign);color:#171a15;font-weight:700;font-size:.8rem;letter-spacing:.06em;padding:.15rem .55rem;border-radius:3px}
h1{font-size:1.6rem;line-height:1.2;margin:0 0 .5rem}
h2{font-size:1.05rem;margin:1.75rem 0 .5rem}
p{margin:.5rem 0}
header p{color:#c9cbbf;margin-bottom:0}
a{color:var(--field)}
.go,.get{display:flex;align-items:center;justify-content:center;border-radius:8px;font-weight:650;text-decoration:none}
.go{min-height:3.25rem;font-size:1.1rem;border:1px solid var(--field)}
.get{min-height:2.75rem;margin:.4rem 0 .6rem}
.get,[data-is=trusted]+.go{background:var(--field);color:var(--on-field)}
.state{min-height:1.5em;margin-top:0}
.state[data-is=trusted]{color:var(--field);font-weight:600}
details{background:var(--sheet);border:1px solid var(--line);border-radius:8px;margin:.5rem 0;padding:0 1rem}
summary{cursor:pointer;min-height:3rem;display:flex;align-items:center;font-weight:600}
summary::before{content:"";flex:none;width:.45rem;height:.45rem;margin-right:.7rem;border:solid var(--soft);border-width:0 2px 2px 0;transform:rotate(-45deg)}
details[open]>summary::before{transform:rotate(45deg)}
summary::-webkit-details-marker{display:none}
ol{margin:.25rem 0 .75rem;padding-left:1.4rem}
li{margin:.5rem 0;padding-left:.25rem}
b{overflow-wrap:anywhere}
.small,details p{color:var(--soft);font-size:.9rem}
code{display:block;font:.85rem/1.7 ui-monospace,Menlo,Consolas,monospace;background:var(--sheet);border:1px solid var(--line);border-radius:8px;padding:.6rem .8rem;overflow-wrap:anywhere}
:focus-visible{outline:3px solid var(--sign);outline-offset:2px;border-radius:4px}
`;

/**
 * The page's one script: asks the https address until the device trusts it, and goes there. A device that does not
 * trust it refuses the connection, which is all that is asked. Reached with ?stay, or over https, the page stays.
 */
export const trustPageScript = `
const app = document.querySelector(".go").href;
const state = document.querySelector(".state");
const stays = location.protocol === "https:" || location.search === "?stay";
if (/Mac/.test(navigator.userAgent) && navigator.maxTouchPoints > 1) {
  const ios = document.querySelector("[data-kind=ios]");
  document.querySelector("details[open]").open = false;
  ios.open = true;
  ios.parentElement.prepend(ios);
}
const look = async () => {
  try {
    await fetch(new URL("/api/health", app), { mode: "no-cors", cache: "no-store" });
  } catch {
    state.textContent = "This device does not trust the server yet. It takes a few taps, once.";
    return false;
  }
  state.textContent = "This device trusts the server.";
  state.dataset.is = "trusted";
  if (!stays) location.replace(app);
  return true;
};
const lookAgain = async () => {
  if (!document.hidden && (await look())) return;
  setTimeout(lookAgain, 3000);
};
if (location.protocol !== "https:") lookAgain();
`;
