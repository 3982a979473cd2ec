/** The signs of the app, drawn in one hand: 24 units square, lines only, in the colour of the text beside them. */
const paths = {
  reports: "M6 3.5h12v17H6zM9.5 8.5h5M9.5 12h5M9.5 15.5h3",
  charts: "M4 20.5h16M6.5 17v-5M12 17V5M17.5 17V9",
  map: "M9 4.5 3.5 7v12.5L9 17l6 2.5 5.5-2.5V4.5L15 7 9 4.5ZM9 4.5V17M15 7v12.5",
  airports: "M12 21v-9M8.5 21h7M7 12h10l-1.6-5.5H8.6L7 12ZM12 6.5V3",
  changes: "M4 9h13l-3.5-4M20 15H7l3.5 4",
  you: "M12 11.5a4 4 0 1 0 0-8 4 4 0 0 0 0 8ZM4 20.5c.8-4.6 4-6 8-6s7.2 1.4 8 6",
  try: "M9.5 3.5h5M10.5 3.5v6L5 18.5c-.6 1.2.2 2 1.5 2h11c1.3 0 2.1-.8 1.5-2l-5.5-9v-6M8 14.5h8",
  more: "M6.2 12a.7.7 0 1 0-1.4 0 .7.7 0 0 0 1.4 0ZM12.7 12a.7.7 0 1 0-1.4 0 .7.7 0 0 0 1.4 0ZM19.2 12a.7.7 0 1 0-1.4 0 .7.7 0 0 0 1.4 0Z",
  plus: "M12 5v14M5 12h14",
  close: "m6 6 12 12M18 6 6 18",
  check: "m5 12.5 4.5 4.5L19 7.5",
  search: "M10.5 17a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13ZM15.5 15.5 20.5 20.5",
  filter: "M4 6h16M7 12h10M10 18h4",
  sort: "M8 5v14l-3.5-3.5M16 19V5l3.5 3.5",
  back: "M14.5 5.5 8 12l6.5 6.5",
  forward: "M9.5 5.5 16 12l-6.5 6.5",
  down: "m5.5 9.5 6.5 6.5 6.5-6.5",
  up: "m5.5 14.5 6.5-6.5 6.5 6.5",
  calendar: "M4.5 6h15v14h-15zM4.5 10.5h15M8.5 3.5V7M15.5 3.5V7",
  clock: "M12 20.5a8.5 8.5 0 1 0 0-17 8.5 8.5 0 0 0 0 17ZM12 7.5V12l3 2",
  edit: "M4 20l1-4.5L16 4.5l3.5 3.5L8.5 19 4 20ZM13.5 7l3.5 3.5",
  comment: "M4 5h16v11.5h-9L6.5 20v-3.5H4z",
  history: "M4 6v4.5h4.5M4.5 10A8 8 0 1 1 4 13.5M12 8v4.5l3 1.5",
  retry: "M20 6v4.5h-4.5M19.5 10A8 8 0 1 0 20 13.5",
  undo: "M8.5 5 4.5 9l4 4M4.5 9H15a5 5 0 0 1 0 10H9",
  trash: "M5 7h14M10 7V4.5h4V7M7 7l.8 13h8.4L17 7M10.5 11v5.5M13.5 11v5.5",
  alert: "M12 4 2.5 20h19L12 4ZM12 10v4.5M12 17.3v.01",
  offline:
    "M3.5 3.5l17 17M5 12.5a10 10 0 0 1 4-2.5M8 16a5.5 5.5 0 0 1 5-1.5M2 8.5A15 15 0 0 1 6.5 6M10.5 5.1A15 15 0 0 1 22 8.5M15 10.2a10 10 0 0 1 4 2.3M12 19.5v.01",
  online: "M5 12.5a10 10 0 0 1 14 0M8 16a5.5 5.5 0 0 1 8 0M2 8.5a15 15 0 0 1 20 0M12 19.5v.01",
  pause: "M9 5v14M15 5v14",
  play: "M7.5 4.5v15l12-7.5-12-7.5Z",
  copy: "M8.5 8.5h11v11h-11zM15.5 8.5v-4h-11v11h4",
  window: "M3.5 5h17v14h-17zM3.5 9h17M6.5 7h.01M9 7h.01",
  server: "M4 4.5h16v6.5H4zM4 13h16v6.5H4zM7.5 7.8h.01M7.5 16.2h.01M11 7.8h5M11 16.2h5",
  phone: "M7 2.5h10v19H7zM11 18.5h2",
  device: "M4 5h16v11H4zM9 20h6M12 16v4",
  install: "M12 3.5v11M7.5 10l4.5 4.5L16.5 10M4.5 15.5v5h15v-5",
  leave: "M14 4H5v16h9M10 12h10.5M17 8.5l3.5 3.5-3.5 3.5",
  sun: "M12 16a4 4 0 1 0 0-8 4 4 0 0 0 0 8ZM12 2.5v2M12 19.5v2M2.5 12h2M19.5 12h2M5.3 5.3l1.4 1.4M17.3 17.3l1.4 1.4M5.3 18.7l1.4-1.4M17.3 6.7l1.4-1.4",
  moon: "M20 14.5A8.5 8.5 0 0 1 9.5 4a8.5 8.5 0 1 0 10.5 10.5Z",
  system: "M12 20.5a8.5 8.5 0 1 0 0-17 8.5 8.5 0 0 0 0 17ZM12 3.5v17M12 8h5.5M12 12h8M12 16h5.5",
  help: "M12 20.5a8.5 8.5 0 1 0 0-17 8.5 8.5 0 0 0 0 17ZM9.5 9.5a2.5 2.5 0 1 1 3.5 2.3c-.7.3-1 .8-1 1.7M12 16.5v.01",
} as const;

export type IconName = keyof typeof paths;

/** A sign beside a text that says the same: it is decoration, so a reader of screens passes over it. */
export function Icon({ name }: { readonly name: IconName }) {
  return (
    <svg className="icon" viewBox="0 0 24 24" aria-hidden="true">
      <path d={paths[name]} />
    </svg>
  );
}
