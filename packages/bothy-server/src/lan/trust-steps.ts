/** A kind of device, as its steps differ. */
export type DeviceKind = "ios" | "android" | "mac" | "windows" | "linux" | "firefox";

/** What a person does on one kind of device. Texts are HTML. */
export interface TrustSteps {
  readonly kind: DeviceKind;
  readonly title: string;
  readonly steps: readonly string[];
  readonly takeBack: string;
  readonly note?: string;
}

/** The kind of device that a browser says it runs on. An iPad says that it is a Mac: the page looks again. */
export function deviceKindOf(userAgent: string): DeviceKind {
  if (/iPhone|iPad|iPod/u.test(userAgent)) return "ios";
  if (/Android/u.test(userAgent)) return "android";
  if (/Firefox\//u.test(userAgent)) return "firefox";
  if (/Macintosh|Mac OS X/u.test(userAgent)) return "mac";
  return /Windows/u.test(userAgent) ? "windows" : "linux";
}

const download = '<a class="step-link" href="/lan/authority.crt">Download the authority</a>';

/** The steps for every kind of device, that of the reader first. `name` is that of the authority, as HTML. */
export function trustSteps(name: string, reader: DeviceKind): readonly TrustSteps[] {
  const all = [ios(name), android(name), mac(name), windows(name), linux(name), firefox(name)];
  return [...all.filter(({ kind }) => kind === reader), ...all.filter(({ kind }) => kind !== reader)];
}

const ios = (name: string): TrustSteps => ({
  kind: "ios",
  title: "iPhone and iPad",
  steps: [
    `${download} in Safari, and allow the profile.`,
    "Open <b>Settings</b>. Near the top stands <b>Profile Downloaded</b>: tap it, then <b>Install</b>.",
    `Then <b>Settings → General → About → Certificate Trust Settings</b>: switch on <b>${name}</b>.`,
    "Come back to this page.",
  ],
  takeBack: "Settings → General → VPN &amp; Device Management: remove the profile.",
});

const android = (name: string): TrustSteps => ({
  kind: "android",
  title: "Android",
  steps: [
    `${download}. If Android says that it has to be installed in Settings, close that: it is the next step.`,
    "In <b>Settings</b> search for <b>CA certificate</b> (Security → Encryption &amp; credentials → Install a certificate).",
    "Choose <b>CA certificate</b>, <b>Install anyway</b>, and the file among the downloads.",
    "Come back to this page.",
  ],
  takeBack: `Settings → Security → Encryption &amp; credentials → User credentials: remove ${name}.`,
  note: "Chrome, Edge and Samsung Internet then trust it. Firefox for Android has a list of its own.",
});

const mac = (name: string): TrustSteps => ({
  kind: "mac",
  title: "Mac (Safari, Chrome, Edge)",
  steps: [
    `${download} and open the file: Keychain Access adds it to <b>login</b>.`,
    `Double-click <b>${name}</b> there, open <b>Trust</b>, and set <b>Secure Sockets Layer (SSL)</b> to <b>Always Trust</b>.`,
    "Come back to this page.",
  ],
  takeBack: `In Keychain Access delete ${name}.`,
});

const windows = (name: string): TrustSteps => ({
  kind: "windows",
  title: "Windows (Chrome, Edge)",
  steps: [
    `${download}, open the file and choose <b>Install Certificate</b>, for the <b>Current User</b>.`,
    "Choose <b>Place all certificates in the following store</b> and there <b>Trusted Root Certification Authorities</b>.",
    "Start the browser again and come back to this page.",
  ],
  takeBack: `Run certmgr.msc and delete ${name} among the trusted root authorities.`,
});

const linux = (name: string): TrustSteps => ({
  kind: "linux",
  title: "Linux and ChromeOS (Chrome, Chromium)",
  steps: [
    `${download}.`,
    "Open <b>chrome://certificate-manager</b>, then <b>Installed by you → Trusted Certificates</b>.",
    "<b>Import</b> the file, and come back to this page.",
  ],
  takeBack: `In the same place delete ${name}.`,
});

const firefox = (name: string): TrustSteps => ({
  kind: "firefox",
  title: "Firefox on a computer",
  steps: [
    `${download}.`,
    "Open <b>Settings → Privacy &amp; Security → Certificates → View Certificates → Authorities</b>.",
    "<b>Import</b> the file, tick <b>Trust this CA to identify websites</b>, and come back to this page.",
  ],
  takeBack: `In the same place delete ${name}.`,
});
