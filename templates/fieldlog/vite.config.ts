import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";
import { shell } from "./shell/plugin.ts";

const server = `http://127.0.0.1:${process.env["BOTHY_PORT"] ?? 3210}`;

export default defineConfig({
  plugins: [react(), shell()],
  // The app calls its own origin; while developing, the page comes from Vite and the API from `bothy dev`.
  server: { proxy: { "/api": { target: server, ws: true } } },
  build: { sourcemap: true },
});
