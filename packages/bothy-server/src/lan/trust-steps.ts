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

const download = '<a class="get" href="/lan/authority.crt">Download the authority</a>';
const back = "Come back here: this page goes on to the app.";

/** The steps for every kind of device, that of the reader first. `name` is that of the authority, as HTML. */
export function trustSteps(name: string, reader: DeviceKind): readonly TrustSteps[] {
  const all = [ios(name), android(name), mac(name), windows(name), linux(name), firefox(name)];
  return [...all.filter(({ kind }) => kind === reader), ...all.filter(({ kind }) => kind !== reader)];
}

const ios = (name: string): TrustSteps => ({
  kind: "ios",
  title: "iPhone and iPad",
  steps: [
    `${download} In Safari; allow the profile.`,
    "Open <b>Settings</b>. Near the top stands <b>Profile Downloaded</b>: tap it, then <b>Install</b>.",
    `Then <b>Settings → General → About → Certificate Trust Settings</b>: switch on <b>${name}</b>.`,
    back,
  ],
  takeBack: "Settings → General → VPN &amp; Device Management: remove the profile.",
});

const android = (name: string): TrustSteps => ({
  kind: "android",
  title: "Android",
  steps: [
    `${download} Should Android say that it has to be installed in Settings: that is the next step.`,
    "In <b>Settings</b> search for <b>CA certificate</b> (Security → Encryption &amp; credentials → Install a certificate).",
    "Choose <b>CA certificate</b>, <b>Install anyway</b>, and the file among the downloads.",
    back,
  ],
  takeBack: `Settings → Security → Encryption &amp; credentials → User credentials: remove ${name}.`,
  note: "Chrome, Edge and Samsung Internet then trust it. Firefox for Android has a list of its own.",
});

const mac = (name: string): TrustSteps => ({
  kind: "mac",
  title: "Mac (Safari, Chrome, Edge)",
  steps: [
    `${download} Open the file: Keychain Access adds it to <b>login</b>.`,
    `Double-click <b>${name}</b> there, open <b>Trust</b>, and set <b>Secure Sockets Layer (SSL)</b> to <b>Always Trust</b>.`,
    back,
  ],
  takeBack: `In Keychain Access delete ${name}.`,
});

const windows = (name: string): TrustSteps => ({
  kind: "windows",
  title: "Windows (Chrome, Edge)",
  steps: [
    `${download} Open the file and choose <b>Install Certificate</b>, for the <b>Current User</b>.`,
    "Choose <b>Place all certificates in the following store</b> and there <b>Trusted Root Certification Authorities</b>.",
    `Start the browser again. ${back}`,
  ],
  takeBack: `Run certmgr.msc and delete ${name} among the trusted root authorities.`,
});

const linux = (name: string): TrustSteps => ({
  kind: "linux",
  title: "Linux and ChromeOS (Chrome)",
  steps: [
    download,
    "Open <b>chrome://certificate-manager</b>, then <b>Installed by you → Trusted Certificates</b>.",
    `<b>Import</b> the file. ${back}`,
  ],
  takeBack: `In the same place delete ${name}.`,
});

const firefox = (name: string): TrustSteps => ({
  kind: "firefox",
  title: "Firefox on a computer",
  steps: [
    download,
    "Open <b>Settings → Privacy &amp; Security → Certificates → View Certificates → Authorities</b>.",
    `<b>Import</b> the file and tick <b>Trust this CA to identify websites</b>. ${back}`,
  ],
  takeBack: `In the same place delete ${name}.`,
});
