// Runs before the first paint, so that a chosen theme never shows the other one first: see src/theme.ts.
(() => {
  try {
    const theme = localStorage.getItem("fieldlog-theme");
    if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
  } catch {
    // A browser that keeps nothing follows the machine's own setting.
  }
})();
